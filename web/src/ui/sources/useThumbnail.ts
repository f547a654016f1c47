import { useEffect, useState, type RefObject } from "react";
import type { SourcesApi } from "../../app/sources-api";

const FIRST_MS = 1_000;

/** When a still is asked for: only while `wanted`, every `everyMs`; at once when `moving` changes. */
export interface Pace {
  readonly wanted: boolean;
  readonly everyMs: number;
  /** Pictures come now: there will be a first still at any moment. */
  readonly moving: boolean;
}

/** The newest still of a source as an object URL, while the page is seen. */
export function useThumbnail(api: SourcesApi, id: string, { wanted, everyMs, moving }: Pace): string | null {
  const [url, setUrl] = useState<string | null>(null);
  const paceMs = moving && url === null ? Math.min(FIRST_MS, everyMs) : everyMs;
  useEffect(() => {
    if (!wanted) return undefined;
    let current = true;
    const load = async (): Promise<void> => {
      if (document.hidden) return;
      const blob = await api.thumbnail(id).catch(() => null);
      if (current && blob) setUrl(URL.createObjectURL(blob));
    };
    void load();
    const timer = setInterval(() => void load(), paceMs);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [api, id, wanted, paceMs, moving]);
  useEffect(() => {
    if (url === null) return undefined;
    return () => {
      URL.revokeObjectURL(url);
    };
  }, [url]);
  return url;
}

/** Whether an element is on the screen or close to it: of two hundred cards only those few load pictures. */
export function useInView(ref: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        setSeen(entries.at(-1)?.isIntersecting === true);
      },
      { rootMargin: "200px" },
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [ref]);
  return seen;
}
