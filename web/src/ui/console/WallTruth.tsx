import { IconBroadcast, IconPlugConnectedX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { SEEN_FOR_MS } from "../../model/walls";
import type { SeenState, Wall } from "../../protocol/generated";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./wall.module.css";

const COUNTED = ["live", "waiting", "frozen", "lost"] as const satisfies readonly SeenState[];

/** What the display itself says it shows, in one line. */
export function WallTruth({ wall }: { readonly wall: Wall }): ReactNode {
  const text = useText().console.walls;
  const { state, nowMs } = useDesk();
  const told = state.walls.seen.get(wall.id) ?? null;
  const fresh = told !== null && nowMs - told.atMs <= SEEN_FOR_MS;
  if (!wall.online) {
    return (
      <p className={classes["state"]} data-tone="warning" data-wall-truth="offline">
        <IconPlugConnectedX size={18} aria-hidden />
        {text.offlineHint}
      </p>
    );
  }
  if (!fresh) {
    return (
      <p className={classes["state"]} data-wall-truth="silent">
        {text.silent}
      </p>
    );
  }
  const behind = told.version < wall.version;
  return (
    <p className={classes["state"]} data-wall-truth={behind ? "behind" : "shown"}>
      <IconBroadcast size={18} aria-hidden />
      <span>{behind ? text.behind : text.shows}</span>
      <span>{text.size(told.width, told.height)}</span>
      {COUNTED.map((one) => {
        const count = told.panes.filter((pane) => pane.state === one).length;
        return count === 0 ? null : (
          <span key={one} data-count={one}>
            {text.count[one](count)}
          </span>
        );
      })}
    </p>
  );
}
