/** Lengths are CSS pixels; the origin is the upper left corner of the stage. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** Tiles may be as narrow as `tallest` and as wide as `widest` (width ÷ height); cameras are cropped to fit. */
export interface Shape {
  readonly gap: number;
  readonly tallest: number;
  readonly widest: number;
}

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly tile: Box;
}

/** The column count whose tiles are largest. Pure: the same numbers give the same grid. */
export function gridFor(count: number, box: Box, shape: Shape): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count), tile: { width: 0, height: 0 } };
  let bestArea = -1;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const tile = fit(
      { width: (box.width - shape.gap * (columns - 1)) / columns, height: (box.height - shape.gap * (rows - 1)) / rows },
      shape,
    );
    const area = tile.width * tile.height;
    if (area > bestArea) {
      best = { columns, rows, tile };
      bestArea = area;
    }
  }
  return best;
}

/** The largest box of an allowed shape inside `cell`. */
function fit(cell: Box, shape: Shape): Box {
  const width = Math.max(0, cell.width);
  const height = Math.max(0, cell.height);
  if (width === 0 || height === 0) return { width: 0, height: 0 };
  const ratio = width / height;
  if (ratio > shape.widest) return { width: height * shape.widest, height };
  if (ratio < shape.tallest) return { width, height: width / shape.tallest };
  return { width, height };
}

/** Places of `count` tiles, the whole block and each unfilled last row centred. */
export function placeGrid(count: number, box: Box, shape: Shape): Rect[] {
  if (count === 0) return [];
  const { columns, rows, tile } = gridFor(count, box, shape);
  const top = (box.height - rows * tile.height - (rows - 1) * shape.gap) / 2;
  const places: Rect[] = [];
  for (let index = 0; index < count; index++) {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = (box.width - inRow * tile.width - (inRow - 1) * shape.gap) / 2;
    places.push({
      x: left + (index % columns) * (tile.width + shape.gap),
      y: top + row * (tile.height + shape.gap),
      ...tile,
    });
  }
  return places;
}
