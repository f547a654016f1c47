import { useCallback, useEffect, useRef, useState } from "react";
import { filmUrl } from "../../../app/recordings-films";
import type { RecordingsApi } from "../../../app/recordings-api";

export interface FilmSource {
  /** Null: there is no ticket yet. */
  readonly url: string | null;
  readonly failure: unknown;
  /** The element gave up: its ticket may have ended, so it gets another; soon after the last one it is no use. */
  readonly renew: () => void;
}

const USELESS_MS = 5_000;

/** The address of a film for a media element, renewed when the element gives up. */
export function useFilmSource(recordings: RecordingsApi, recording: string, film: string): FilmSource {
  const [url, setUrl] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const latestMs = useRef(-Infinity);
  const take = useCallback(
    () =>
      recordings.ticket(recording).then(({ ticket }) => {
        latestMs.current = performance.now();
        setUrl(filmUrl(recording, film, ticket));
      }, setFailure),
    [recordings, recording, film],
  );
  useEffect(() => {
    void take();
  }, [take]);
  const renew = (): void => {
    if (performance.now() - latestMs.current < USELESS_MS) setFailure(new Error("unplayable"));
    else void take();
  };
  return { url, failure, renew };
}
