import type { Rect } from "../../layout/grid";
import type { RoomView } from "../../model/room";
import type { WallPane } from "../../protocol/generated";
import type { Wish } from "../../rtc/wants";
import { nextOf, videoOf, whoOf } from "./tracks";

const ALARM_PRIORITY = 240;
const SCREEN_PRIORITY = 160;
const PANE_PRIORITY = 100;
const NEXT_PRIORITY = 60;
const HIDDEN: Wish = { width: 0, height: 0, priority: 0 };

/**
 * The server sends the smallest layer with 85 % of the wanted pixels, and each layer has a quarter of the next one's: of
 * a wall full of panes it would send up to 3.4 times the pixels that can be seen. Asked for with this factor, the layer
 * nearest to the pane comes, with at most 1.3 times its pixels.
 */
const NEAREST = Math.sqrt(1.3 / (4 * 0.85));
/** A pane with so much of the canvas is looked at closely: it gets the layer that fills it. */
const BIG_SHARE = 0.2;

/**
 * The size in device pixels that every picture of the others has on these panes; 0×0 for those that are not shown.
 * `nowMs`: the server's clock. `pixelRatio` 0: the whole page is hidden.
 */
export function paneWishes(
  panes: readonly WallPane[],
  places: ReadonlyMap<number, Rect>,
  view: RoomView,
  pixelRatio: number,
  nowMs: number,
): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  for (const who of view.people.values()) {
    for (const track of who.tracks) if (track.kind === "video" && who.id !== view.you) wishes.set(track.id, HIDDEN);
  }
  const ask = (track: string | undefined, wish: Wish): void => {
    const old = track === undefined ? undefined : wishes.get(track);
    if (track !== undefined && old) wishes.set(track, larger(old, wish));
  };
  for (const pane of panes) {
    const place = places.get(pane.index);
    if (!place || pixelRatio === 0 || pane.state === "locked") continue;
    const factor = (pane.rect.width * pane.rect.height >= BIG_SHARE ? 1 : NEAREST) * pixelRatio;
    const size = { width: Math.round(place.width * factor), height: Math.round(place.height * factor) };
    const priority = pane.alarm !== null ? ALARM_PRIORITY : pane.screen ? SCREEN_PRIORITY : PANE_PRIORITY;
    ask(videoOf(whoOf(pane, view), pane.screen)?.id, { ...size, priority });
    ask(nextOf(pane, view, nowMs)?.id, { ...size, priority: NEXT_PRIORITY });
  }
  return wishes;
}

function larger(a: Wish, b: Wish): Wish {
  return {
    width: Math.max(a.width, b.width),
    height: Math.max(a.height, b.height),
    priority: Math.max(a.priority, b.priority),
  };
}

/** What two views of one page want together. */
export function mergeWishes(first: ReadonlyMap<string, Wish>, second: ReadonlyMap<string, Wish>): Map<string, Wish> {
  const merged = new Map(first);
  for (const [track, wish] of second) {
    const other = merged.get(track);
    merged.set(track, other ? larger(other, wish) : wish);
  }
  return merged;
}
