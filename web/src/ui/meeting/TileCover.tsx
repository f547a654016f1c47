import { Loader } from "@mantine/core";
import { IconAntennaBarsOff, IconLock, IconPlayerPause, IconPlugConnectedX, IconShieldX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { initials, tintOf, type Tile, type TileState } from "../../model/tiles";
import { KindIcon } from "../shared/FeedIcon";
import { useText } from "../shared/text";
import classes from "./tile.module.css";

interface Props {
  readonly tile: Tile;
  /** "feed" and "stuck" have a cover of their own. */
  readonly state: Exclude<TileState, "feed" | "stuck">;
}

const ICONS: Readonly<Partial<Record<TileState, ReactNode>>> = {
  away: <IconPlugConnectedX size={22} aria-hidden />,
  waiting: <Loader size={20} color="cyan.4" />,
  "no-signal": <IconAntennaBarsOff size={22} aria-hidden />,
  blocked: <IconShieldX size={22} aria-hidden />,
  locked: <IconLock size={22} aria-hidden />,
  bandwidth: <IconPlayerPause size={22} aria-hidden />,
  "no-layer": <IconPlayerPause size={22} aria-hidden />,
};

/** What stands over or instead of the picture: a face, and a word with an icon when something is the matter. */
export function TileCover({ tile, state }: Props): ReactNode {
  const text = useText();
  if (state === "picture") return null;
  // A paused or reconnecting picture keeps its last frame behind the words; a camera that is off shows the person.
  const frozen = state === "away" || state === "bandwidth" || state === "no-layer";
  const source = tile.kind === "source";
  const words = state === "camera-off" ? (source ? text.feed.soundOnly : null) : source && state === "blocked" ? text.feed.held : text.tile[state];
  return (
    <div className={classes["cover"]} data-frozen={frozen} data-tint={tintOf(tile.who.id)}>
      {!frozen && tile.kind !== "screen" && <Face tile={tile} />}
      {words !== null && (
        <span className={classes["reason"]} role="status">
          {ICONS[state]}
          <span>{words}</span>
        </span>
      )}
    </div>
  );
}

/** Initials of a person, the kind of a source. */
export function Face({ tile }: { readonly tile: Tile }): ReactNode {
  const feed = tile.kind === "source" ? tile.who.feed : null;
  return (
    <span className={classes["avatar"]} data-source={Boolean(feed)} aria-hidden>
      {feed ? <KindIcon kind={feed.kind} size={40} /> : initials(tile.who.name)}
    </span>
  );
}
