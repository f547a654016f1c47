import { notifications } from "@mantine/notifications";
import { useEffect, useMemo } from "react";
import { ApiError, type Admin } from "../../app/api";
import { RecordingsApi } from "../../app/recordings-api";
import { RecordingsWatch, type LibraryState } from "../../app/recordings-watch";
import { realClock } from "../../rtc/clock";
import { useSay } from "../home/useSay";
import { usePageVisible, useStore } from "../shared/hooks";

export interface Library extends LibraryState {
  readonly api: RecordingsApi;
  /** Does something and shows the list as it is afterwards; false: it failed, and the person was told why. */
  readonly attempt: (action: () => Promise<unknown>) => Promise<boolean>;
}

export function useLibrary(admin: Admin, onRefused: () => void): Library {
  const say = useSay();
  const api = useMemo(() => new RecordingsApi(admin.key), [admin]);
  const watch = useMemo(() => watchOf(api), [api]);
  const state = useStore(watch.state);
  const visible = usePageVisible();
  useEffect(() => {
    if (!visible) return undefined;
    watch.start();
    return () => {
      watch.stop();
    };
  }, [watch, visible]);
  useEffect(() => {
    if (state.refused) onRefused();
  }, [state.refused, onRefused]);
  const attempt = async (action: () => Promise<unknown>): Promise<boolean> => {
    const failed = (failure: unknown): boolean => {
      if (failure instanceof ApiError && failure.status === 401) onRefused();
      else notifications.show({ message: say(failure), color: "red" });
      return false;
    };
    const done = await action().then(() => true, failed);
    await watch.reload();
    return done;
  };
  return { ...state, api, attempt };
}

function watchOf(api: RecordingsApi): RecordingsWatch {
  return new RecordingsWatch({ clock: realClock, seen: () => !document.hidden, list: (after, limit) => api.list(after, limit) });
}
