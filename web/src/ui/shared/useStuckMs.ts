import { useEffect, useState } from "react";
import { STUCK_AFTER_MS } from "../../model/feed";

const EVERY_MS = 1_000;

/**
 * How long ago this page drew the last new frame of a picture, milliseconds; null while frames come. The server may
 * well receive a picture that does not reach this page: then it must not look live here.
 *
 * `frames`: drawn so far (null: not countable); must be the same function as long as it is the same picture. Null:
 * nothing is expected.
 */
export function useStuckMs(frames: (() => number | null) | null): number | null {
  const [stuckMs, setStuckMs] = useState<number | null>(null);
  useEffect(() => {
    if (frames === null) return undefined;
    let before: number | null = null;
    let since = performance.now();
    const look = (): void => {
      const now = performance.now();
      const drawn = frames();
      // Browsers draw nothing of a page that nobody sees.
      if (drawn !== before || drawn === null || document.hidden) since = now;
      before = drawn;
      setStuckMs(now - since >= STUCK_AFTER_MS ? now - since : null);
    };
    const timer = setInterval(look, EVERY_MS);
    return () => {
      clearInterval(timer);
      setStuckMs(null);
    };
  }, [frames]);
  return stuckMs;
}
