import { useEffect, useMemo } from "react";
import type { RecordingsApi } from "../../../app/recordings-api";
import { FilmsWatch, type FilmsApi, type FilmsState } from "../../../app/recordings-films";
import { realClock } from "../../../rtc/clock";
import { usePageVisible, useStore } from "../../shared/hooks";

export interface Films extends FilmsState {
  readonly api: FilmsApi;
  readonly reload: () => Promise<void>;
}

/** The films of a recording, followed while the page is seen. */
export function useFilms(recordings: RecordingsApi, recording: string): Films {
  const api = useMemo(() => recordings.films(recording), [recordings, recording]);
  const watch = useMemo(() => new FilmsWatch({ clock: realClock, list: () => api.list() }), [api]);
  const state = useStore(watch.state);
  const visible = usePageVisible();
  useEffect(() => {
    if (!visible) return undefined;
    watch.start();
    return () => {
      watch.stop();
    };
  }, [watch, visible]);
  return { ...state, api, reload: () => watch.reload() };
}
