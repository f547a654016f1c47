import type { Rect } from "../../layout/grid";
import type { RoomView } from "../../model/room";
import { maySee, type Tile } from "../../model/tiles";
import type { Wish } from "../../rtc/wants";

const STAGE_PRIORITY = 220;
const SCREEN_PRIORITY = 160;
const TILE_PRIORITY = 100;
const HIDDEN: Wish = { width: 0, height: 0, priority: 0 };

/**
 * The size in device pixels that every picture of the others has on this page; 0×0 for those that are not shown.
 * `pixelRatio` 0: the whole page is hidden.
 */
export function wishesFor(
  view: RoomView,
  tiles: readonly Tile[],
  places: ReadonlyMap<string, Rect>,
  stage: string | null,
  pixelRatio: number,
): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  for (const tile of tiles) {
    if (tile.mine || !tile.video) continue;
    const place = places.get(tile.id);
    if (!place || pixelRatio === 0 || place.width === 0 || !maySee(view, tile.who)) {
      wishes.set(tile.video.id, HIDDEN);
      continue;
    }
    const priority = tile.id === stage ? STAGE_PRIORITY : tile.kind === "screen" ? SCREEN_PRIORITY : TILE_PRIORITY;
    wishes.set(tile.video.id, { width: place.width * pixelRatio, height: place.height * pixelRatio, priority });
  }
  return wishes;
}
