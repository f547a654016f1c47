import { notifications } from "@mantine/notifications";
import { useEffect, useMemo, useState } from "react";
import { ApiError, type Admin, type RoomRef } from "../../app/api";
import { SourcesApi } from "../../app/sources-api";
import { SourcesWatch, type WatchState } from "../../app/sources-watch";
import { realClock } from "../../rtc/clock";
import { usePageVisible, useStore } from "../shared/hooks";
import { useSay } from "../home/useSay";

export interface Sources extends WatchState {
  readonly api: SourcesApi;
  readonly admin: Admin;
  readonly rooms: readonly RoomRef[];
  /** Does something and shows how the sources are afterwards; false: it failed, and the person was told why. */
  readonly attempt: (action: () => Promise<unknown>) => Promise<boolean>;
}

/** The sources as they are now, and a way to change them. */
export function useSources(admin: Admin, onRefused: () => void): Sources {
  const say = useSay();
  const api = useMemo(() => new SourcesApi(admin.key), [admin]);
  const watch = useMemo(() => watchOf(api), [api]);
  const state = useStore(watch.state);
  const visible = usePageVisible();
  useEffect(() => {
    watch.start();
    return () => {
      watch.stop();
    };
  }, [watch]);
  useEffect(() => {
    if (visible) void watch.refresh();
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
    await watch.refresh();
    return done;
  };
  return { ...state, api, admin, rooms: useRooms(admin), attempt };
}

function watchOf(api: SourcesApi): SourcesWatch {
  return new SourcesWatch({
    clock: realClock,
    nowMs: () => Date.now(),
    seen: () => !document.hidden,
    list: () => api.list(),
  });
}

/** The rooms that there are; asked for once, since this page changes none. */
function useRooms(admin: Admin): readonly RoomRef[] {
  const [rooms, setRooms] = useState<readonly RoomRef[]>([]);
  useEffect(() => {
    let current = true;
    admin.rooms().then(
      (found) => {
        if (current) setRooms(found);
      },
      // The list of sources tells when the server is away.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [admin]);
  return rooms;
}
