import { useState } from "react";
import type { Shared } from "../../model/room";

export interface SharedChoice {
  /** What is shown now; null: this person's own view. */
  readonly layout: Shared | null;
  /** Something is pushed, seen here or not. */
  readonly offered: Shared | null;
  readonly follow: (follow: boolean) => void;
}

/** A pushed layout is shown until somebody goes back to their own view; the next push is shown again. */
export function useShared(shared: Shared | null): SharedChoice {
  const [following, setFollowing] = useState(true);
  const [was, setWas] = useState(shared !== null);
  if (was !== (shared !== null)) {
    setWas(shared !== null);
    setFollowing(true);
  }
  return { layout: following ? shared : null, offered: shared, follow: setFollowing };
}
