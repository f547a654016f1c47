import type { Window } from "../protocol/generated";

const WIDE = 16 / 9;
/** Canvases of about 16:9 have their small windows around the big one, others beside it. */
const SQUARISH = [1.2, 2.4] as const;

/**
 * A division by its name as a picture of it: what the server makes of it, without its even pixels. `ratio`: width ÷
 * height of the canvas. Fractions of the canvas; none for a name that is not known.
 */
export function templateWindows(name: string, ratio: number): Window[] {
  const count = Number(/^(?:grid|one-big)-(\d{1,2})$/.exec(name)?.[1] ?? 0);
  if (count === 0) return [];
  return name.startsWith("grid-") ? gridIn({ x: 0, y: 0, width: 1, height: 1 }, count, ratio) : oneBig(count, ratio);
}

/** `count` windows of 16:9 in rows inside `area`, the block and a last row that is not full in the middle. */
function gridIn(area: Window, count: number, ratio: number): Window[] {
  const widthOf = (columns: number): number =>
    Math.min(area.width / columns, ((area.height / Math.ceil(count / columns)) * WIDE) / ratio);
  let columns = 1;
  for (let wanted = 2; wanted <= count; wanted++) if (widthOf(wanted) >= widthOf(columns) - 1e-9) columns = wanted;
  const rows = Math.ceil(count / columns);
  const width = widthOf(columns);
  const height = (width * ratio) / WIDE;
  const top = area.y + (area.height - rows * height) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const here = Math.min(columns, count - row * columns);
    const left = area.x + (area.width - here * width) / 2;
    return { x: left + (index % columns) * width, y: top + row * height, width, height };
  });
}

function oneBig(small: number, ratio: number): Window[] {
  if (ratio < SQUARISH[0] || ratio > SQUARISH[1]) {
    const width = Math.min(2 / 3, WIDE / ratio);
    const height = (width * ratio) / WIDE;
    const rest = { x: width, y: 0, width: 1 - width, height: 1 };
    return [{ x: 0, y: (1 - height) / 2, width, height }, ...gridIn(rest, small, ratio)];
  }
  const parts = Math.max(3, Math.ceil((small + 1) / 2));
  const unit = 1 / parts;
  const far = 1 - unit;
  const right = Array.from({ length: parts }, (_, row) => ({ x: far, y: row * unit, width: unit, height: unit }));
  const below = Array.from({ length: parts - 1 }, (_, column) => ({ x: column * unit, y: far, width: unit, height: unit }));
  return [{ x: 0, y: 0, width: far, height: far }, ...[...right, ...below].slice(0, small)];
}
