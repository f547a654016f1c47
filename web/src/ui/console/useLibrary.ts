import { useCallback, useEffect, useMemo, useState } from "react";
import type { ConsoleApi, Displays, Scene } from "../../app/console-api";

/** What is kept on the server beside the walls' own state: read again when something was changed. */
export interface Library {
  /** Null: not read yet. */
  readonly scenes: readonly Scene[] | null;
  readonly displays: Displays | null;
  readonly reload: () => Promise<void>;
}

/** Scenes that another console saved are told by nobody. */
const EVERY_MS = 10_000;

/** `about`: changes when the walls do, so that scenes and displays that others changed come soon. */
export function useLibrary(api: ConsoleApi, about: string): Library {
  const [scenes, setScenes] = useState<readonly Scene[] | null>(null);
  const [displays, setDisplays] = useState<Displays | null>(null);
  const reload = useCallback(async (): Promise<void> => {
    // What cannot be read now stays as it was: the connection's own banner tells of it.
    await Promise.all([api.scenes().then(setScenes, () => undefined), api.displays().then(setDisplays, () => undefined)]);
  }, [api]);
  useEffect(() => {
    void reload();
    const timer = setInterval(() => {
      if (!document.hidden) void reload();
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
    };
  }, [reload, about]);
  return useMemo(() => ({ scenes, displays, reload }), [scenes, displays, reload]);
}
