import type { WallPane } from "../protocol/generated";
import type { Box } from "./grid";

/** A pane with so much of the canvas is a picture to look at: it gets a row of its own. */
const BIG_SHARE = 0.3;
const WIDE = 16 / 9;
/** So few panes stand one below the other, each as wide as the screen. */
const ALONE_UP_TO = 4;
const UNIT = { width: 160, height: 90 } as const;

export interface Reflowed {
  readonly panes: readonly WallPane[];
  readonly canvas: Box;
}

/**
 * The panes of a wall one below the other for a narrow screen: big ones across, the others two in a row, all of 16:9.
 * On a telephone held upright a wall of nine would else be nine stamps in the middle of nothing.
 */
export function reflow(panes: readonly WallPane[]): Reflowed {
  const order = [...panes].sort((a, b) => Number(isBig(b, panes)) - Number(isBig(a, panes)));
  const placed: { pane: WallPane; x: number; y: number; size: number }[] = [];
  let row = 0;
  let column = 0;
  for (const pane of order) {
    const size = isBig(pane, panes) ? 2 : 1;
    if (column + size > 2) {
      row += 1;
      column = 0;
    }
    placed.push({ pane, x: column, y: row, size });
    column += size;
    if (column >= 2) {
      row += size;
      column = 0;
    }
  }
  const rows = Math.max(1, row + (column > 0 ? 1 : 0));
  return {
    canvas: { width: UNIT.width * 2, height: (UNIT.width / WIDE) * rows },
    panes: placed.map(({ pane, x, y, size }) => ({ ...pane, rect: { x: x / 2, y: y / rows, width: size / 2, height: size / rows } })),
  };
}

function isBig({ rect }: WallPane, all: readonly WallPane[]): boolean {
  return all.length <= ALONE_UP_TO || rect.width * rect.height >= BIG_SHARE;
}
