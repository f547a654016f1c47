import { Loader } from "@mantine/core";
import { IconAntennaBarsOff, IconPlayerPause, IconPlugConnectedX, IconShieldX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { initials, tintOf, type Tile, type TileState } from "../../model/tiles";
import { useText } from "../shared/text";
import classes from "./tile.module.css";

interface Props {
  readonly tile: Tile;
  readonly state: TileState;
}

const ICONS: Readonly<Partial<Record<TileState, ReactNode>>> = {
  away: <IconPlugConnectedX size={22} aria-hidden />,
  waiting: <Loader size={20} color="cyan.4" />,
  "no-signal": <IconAntennaBarsOff size={22} aria-hidden />,
  blocked: <IconShieldX size={22} aria-hidden />,
  bandwidth: <IconPlayerPause size={22} aria-hidden />,
  "no-layer": <IconPlayerPause size={22} aria-hidden />,
};

/** What stands over or instead of the picture: initials, and a word with an icon when something is the matter. */
export function TileCover({ tile, state }: Props): ReactNode {
  const text = useText();
  if (state === "picture") return null;
  // A paused or reconnecting picture keeps its last frame behind the words; a camera that is off shows the person.
  const frozen = state === "away" || state === "bandwidth" || state === "no-layer";
  return (
    <div className={classes["cover"]} data-frozen={frozen} data-tint={tintOf(tile.who.id)}>
      {!frozen && tile.kind !== "screen" && (
        <span className={classes["avatar"]} aria-hidden>
          {initials(tile.who.name)}
        </span>
      )}
      {state !== "camera-off" && (
        <span className={classes["reason"]} role="status">
          {ICONS[state]}
          <span>{text.tile[state]}</span>
        </span>
      )}
    </div>
  );
}
