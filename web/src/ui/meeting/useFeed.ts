import { useCallback } from "react";
import type { Pictures } from "../../app/pictures";
import { ageNow, moves } from "../../model/feed";
import type { RoomView } from "../../model/room";
import { stateOf, type Tile, type TileState } from "../../model/tiles";
import type { Feed } from "../../protocol/generated";
import { agoWords } from "../shared/feedText";
import { figures } from "../shared/figures";
import { useNowMs } from "../shared/hooks";
import { useText } from "../shared/text";
import { useStuckMs } from "../shared/useStuckMs";

export interface FeedNow {
  readonly state: TileState;
  /** Null: the tile is no source. */
  readonly feed: Feed | null;
  readonly nowMs: number;
  readonly stuckMs: number | null;
  /** Age of the picture in milliseconds, as known this second. */
  readonly ageMs: number | null;
  /** Measured values in one line, or null. */
  readonly line: string | null;
}

/** What a tile must say this second to be true. */
export function useFeed(tile: Tile, view: RoomView, playing: boolean, pictures: Pictures): FeedNow {
  const text = useText();
  const feed = tile.kind === "source" ? (tile.who.feed ?? null) : null;
  const nowMs = useNowMs(feed !== null);
  const watched = feed && moves(feed.state) && playing && stateOf(tile, view, playing) === "picture";
  const key = tile.video?.id ?? "";
  const frames = useCallback(() => pictures.frames(key), [pictures, key]);
  const stuckMs = useStuckMs(watched ? frames : null);
  const state = stateOf(tile, view, playing, stuckMs !== null);
  if (!feed) return { state, feed, nowMs, stuckMs, ageMs: null, line: null };
  const heard = view.numbers.get(tile.who.id) ?? null;
  const told = ageNow(heard, feed, nowMs, view.clockOffsetMs);
  const ageMs = stuckMs === null ? told : Math.max(told ?? 0, stuckMs);
  const line = heard && moves(feed.state) ? [...figures(heard), agoWords(text, ageMs)].join(" · ") : null;
  return { state, feed, nowMs, stuckMs, ageMs, line };
}
