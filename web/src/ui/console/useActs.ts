import { useCallback, useEffect, useState } from "react";
import type { Act } from "../../app/console-api";
import { useDesk } from "./desk";

interface Acts {
  /** Null: not read yet. */
  readonly acts: readonly Act[] | null;
  readonly more: boolean;
  readonly loadMore: () => void;
}

interface Read {
  readonly acts: readonly Act[];
  readonly next: string | null;
}

/** The log of the walls, read again whenever a wall, an alarm or a scene has changed. */
export function useActs(): Acts {
  const { api, state, walls } = useDesk();
  const [read, setRead] = useState<Read | null>(null);
  const { scenesTold } = state.walls;
  const about = walls.map((wall) => `${wall.id}/${String(wall.version)}/${wall.alarms.map((one) => one.id).join("+")}`).join();
  useEffect(() => {
    let current = true;
    api.acts(null).then(
      (newest) => {
        if (current) setRead(newest);
      },
      () => {
        if (current) setRead((before) => before ?? { acts: [], next: null });
      },
    );
    return () => {
      current = false;
    };
  }, [api, about, scenesTold]);
  const loadMore = useCallback(() => {
    if (!read?.next) return;
    api.acts(read.next).then(
      (older) => {
        setRead({ acts: [...read.acts, ...older.acts], next: older.next });
      },
      () => undefined,
    );
  }, [api, read]);
  return { acts: read?.acts ?? null, more: (read?.next ?? null) !== null, loadMore };
}
