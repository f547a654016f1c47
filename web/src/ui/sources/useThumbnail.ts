import { useEffect, useState, type RefObject } from "react";
import type { SourcesApi } from "../../app/sources-api";

/** The newest still of a source as an object URL, fetched again every `everyMs` while wanted and the page is seen. */
export function useThumbnail(api: SourcesApi, id: string, wanted: boolean, everyMs: number): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!wanted) return undefined;
    let current = true;
    const load = async (): Promise<void> => {
      if (document.hidden) return;
      const blob = await api.thumbnail(id).catch(() => null);
      if (current && blob) setUrl(URL.createObjectURL(blob));
    };
    void load();
    const timer = setInterval(() => void load(), everyMs);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [api, id, wanted, everyMs]);
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
