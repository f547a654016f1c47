import { useRef, type TouchEvent } from "react";

const FAR_ENOUGH = 60;

interface Handlers {
  readonly onTouchStart: (event: TouchEvent) => void;
  readonly onTouchEnd: (event: TouchEvent) => void;
}

/** Turns pages by a sideways swipe that is clearly not a scroll. Lengths in CSS pixels. */
export function useSwipe(page: number, pages: number, setPage: (page: number) => void): Handlers {
  const start = useRef<{ readonly x: number; readonly y: number } | null>(null);
  return {
    onTouchStart: (event) => {
      const touch = event.touches.length === 1 ? event.touches[0] : undefined;
      start.current = touch ? { x: touch.clientX, y: touch.clientY } : null;
    },
    onTouchEnd: (event) => {
      const touch = event.changedTouches[0];
      const from = start.current;
      start.current = null;
      if (!touch || !from) return;
      const dx = touch.clientX - from.x;
      if (Math.abs(dx) < FAR_ENOUGH || Math.abs(dx) < 2 * Math.abs(touch.clientY - from.y)) return;
      setPage(Math.min(pages - 1, Math.max(0, page + (dx < 0 ? 1 : -1))));
    },
  };
}
