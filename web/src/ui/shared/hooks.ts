import { useEffect, useState, useSyncExternalStore, type RefObject } from "react";
import type { Box } from "../../layout/grid";
import type { Store } from "../../model/store";

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** The size of an element's content box, kept up to date. */
export function useBox(ref: RefObject<HTMLElement | null>): Box {
  const [box, setBox] = useState<Box>({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setBox({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [ref]);
  return box;
}

function subscribeVisible(changed: () => void): () => void {
  document.addEventListener("visibilitychange", changed);
  return () => {
    document.removeEventListener("visibilitychange", changed);
  };
}

export function usePageVisible(): boolean {
  return useSyncExternalStore(subscribeVisible, () => !document.hidden);
}

function subscribeFullscreen(changed: () => void): () => void {
  document.addEventListener("fullscreenchange", changed);
  return () => {
    document.removeEventListener("fullscreenchange", changed);
  };
}

export function useFullscreen(): { readonly possible: boolean; readonly on: boolean; readonly toggle: () => void } {
  const on = useSyncExternalStore(subscribeFullscreen, () => document.fullscreenElement !== null);
  const toggle = (): void => {
    if (on) void document.exitFullscreen().catch(() => undefined);
    else void document.documentElement.requestFullscreen().catch(() => undefined);
  };
  // iPhones have no fullscreen for pages.
  return { possible: document.fullscreenEnabled, on, toggle };
}

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query);
      list.addEventListener("change", changed);
      return () => {
        list.removeEventListener("change", changed);
      };
    },
    () => matchMedia(query).matches,
  );
}

export const PHONE = "(max-width: 639px), (max-height: 479px)";

/** Wall clock in milliseconds, refreshed each second while `running`. */
export function useNowMs(running = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, [running]);
  return now;
}
