import { placeGrid, type Box, type Rect, type Shape } from "./grid";
import { placeStage } from "./stage";

const PHONE_WIDTH = 640;
/** A phone held sideways is wide but low; no desktop window in use is this low. */
const PHONE_HEIGHT = 420;
const PHONE_PAGE = 6;
const DESKTOP_PAGE = 16;
/** Room for the page buttons under the tiles, CSS pixels. */
export const PAGER_HEIGHT = 52;

export interface Arrangement {
  /** Where each visible tile stands; tiles not named are on another page. */
  readonly places: ReadonlyMap<string, Rect>;
  readonly pages: number;
  /** The page that is really shown: `page` may be past the end after people left. */
  readonly page: number;
}

export function isPhone(box: Box): boolean {
  return box.width < PHONE_WIDTH || box.height < PHONE_HEIGHT;
}

function shapeFor(box: Box): Shape {
  if (!isPhone(box)) return { gap: 12, tallest: 4 / 3, widest: 16 / 9 };
  return box.width < box.height ? { gap: 6, tallest: 0.6, widest: 4 / 3 } : { gap: 6, tallest: 1, widest: 16 / 9 };
}

/**
 * Where every tile stands. `stage` is the id of the tile shown big, or null for the grid. When there are more tiles than
 * fit, a strip at the bottom is left free for the page buttons.
 */
export function arrange(tiles: readonly string[], stage: string | null, box: Box, page: number): Arrangement {
  const whole = arrangeIn(tiles, stage, box, page);
  if (whole.pages === 1) return whole;
  return arrangeIn(tiles, stage, { width: box.width, height: Math.max(0, box.height - PAGER_HEIGHT) }, page);
}

function arrangeIn(tiles: readonly string[], stage: string | null, box: Box, page: number): Arrangement {
  const shape = shapeFor(box);
  if (stage === null || !tiles.includes(stage)) {
    const capacity = isPhone(box) ? PHONE_PAGE : DESKTOP_PAGE;
    return paged(tiles, capacity, page, (shown) => placeGrid(shown, box, shape));
  }
  const others = tiles.filter((id) => id !== stage);
  const plan = placeStage(others.length, box, shape);
  const rest = paged(others, plan.capacity, page, (shown) => placeStage(shown, box, shape).strip);
  return { ...rest, places: new Map(rest.places).set(stage, plan.main) };
}

function paged(
  tiles: readonly string[],
  capacity: number,
  wanted: number,
  place: (shown: number) => readonly Rect[],
): Arrangement {
  const pages = Math.max(1, Math.ceil(tiles.length / Math.max(1, capacity)));
  const page = Math.min(Math.max(0, wanted), pages - 1);
  const shown = tiles.slice(page * capacity, (page + 1) * capacity);
  const rects = place(shown.length);
  const places = new Map<string, Rect>();
  shown.forEach((id, index) => {
    const rect = rects[index];
    if (rect) places.set(id, rect);
  });
  return { places, pages, page };
}
