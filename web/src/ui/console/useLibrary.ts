import { useCallback, useEffect, useMemo } from "react";
import type { ConsoleApi } from "../../app/console-api";
import { ConsoleLibrary, type Shelf } from "../../app/console-library";
import { realClock } from "../../rtc/clock";
import { useStore } from "../shared/hooks";

export interface Library extends Shelf {
  readonly reload: () => Promise<void>;
}

/** `told`: how often the server said that scenes are to be read; 0: not yet. `walls`: changes when displays come, go or are renamed. */
export function useLibrary(api: ConsoleApi, told: number, walls: string): Library {
  const library = useMemo(() => new ConsoleLibrary({ clock: realClock, api }), [api]);
  const shelf = useStore(library.state);
  useEffect(() => {
    library.start();
    return () => {
      library.stop();
    };
  }, [library]);
  useEffect(() => {
    if (told > 0) void library.read();
  }, [library, told, walls]);
  const reload = useCallback(() => library.read(), [library]);
  return useMemo(() => ({ ...shelf, reload }), [shelf, reload]);
}
