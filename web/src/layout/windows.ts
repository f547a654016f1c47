import type { Window } from "../protocol/generated";

/** The divisions that a wall knows by name, in the order in which they are offered. */
export const GRIDS = [1, 2, 4, 6, 9, 12, 16, 25, 36] as const;
export const ONE_BIG = [5, 7, 9, 11] as const;
export const MOST_WINDOWS = 36;
/** Smaller than this share of the canvas a window cannot be grasped. */
export const LEAST = 1 / 24;

export type Corner = "nw" | "ne" | "sw" | "se";

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), Math.max(least, most));

/** The nearest of `lines` when it is closer than `within`, else null. */
function near(value: number, lines: readonly number[], within: number): number | null {
  let best: number | null = null;
  let distance = within;
  for (const line of lines) {
    if (Math.abs(line - value) < distance) {
      best = line;
      distance = Math.abs(line - value);
    }
  }
  return best;
}

const GRID_LINES: readonly number[] = Array.from({ length: 25 }, (_, step) => step / 24);

/** What an edge sticks to: first to the canvas and to the other windows, then to the grid of 24ths. */
function linesOf(windows: readonly Window[], index: number, axis: "x" | "y"): readonly (readonly number[])[] {
  const edges = windows.flatMap((one, at) => {
    if (at === index) return [];
    return axis === "x" ? [one.x, one.x + one.width] : [one.y, one.y + one.height];
  });
  return [[0, 1, ...edges], GRID_LINES];
}

/** How near an edge must come to stick, as a share of the canvas. */
const STICKS_X = 0.012;
const STICKS_Y = 0.02;

function snap(value: number, kinds: readonly (readonly number[])[], within: number): number {
  for (const lines of kinds) {
    const line = near(value, lines, within);
    if (line !== null) return line;
  }
  return value;
}

/** A pair of edges as one: whichever of the two is nearer to a line of the better kind sticks to it. */
function snapSpan(start: number, length: number, kinds: readonly (readonly number[])[], within: number): number {
  for (const lines of kinds) {
    const first = near(start, lines, within);
    const last = near(start + length, lines, within);
    if (first === null && last === null) continue;
    if (last === null) return first ?? start;
    if (first === null) return last - length;
    return Math.abs(first - start) <= Math.abs(last - start - length) ? first : last - length;
  }
  return start;
}

/** Window `index` moved by a share of the canvas, kept inside, its edges sticking to lines. */
export function moved(windows: readonly Window[], index: number, dx: number, dy: number): Window[] {
  return windows.map((one, at) => {
    if (at !== index) return one;
    const x = clamp(snapSpan(one.x + dx, one.width, linesOf(windows, index, "x"), STICKS_X), 0, 1 - one.width);
    const y = clamp(snapSpan(one.y + dy, one.height, linesOf(windows, index, "y"), STICKS_Y), 0, 1 - one.height);
    return { ...one, x, y };
  });
}

/** Window `index` with one corner moved by a share of the canvas; the opposite corner stays. */
export function resized(windows: readonly Window[], index: number, corner: Corner, dx: number, dy: number): Window[] {
  return windows.map((one, at) => {
    if (at !== index) return one;
    const [right, bottom] = [one.x + one.width, one.y + one.height];
    const xs = linesOf(windows, index, "x");
    const ys = linesOf(windows, index, "y");
    const left = corner === "nw" || corner === "sw" ? clamp(snap(one.x + dx, xs, STICKS_X), 0, right - LEAST) : one.x;
    const top = corner === "nw" || corner === "ne" ? clamp(snap(one.y + dy, ys, STICKS_Y), 0, bottom - LEAST) : one.y;
    const farX = corner === "ne" || corner === "se" ? clamp(snap(right + dx, xs, STICKS_X), left + LEAST, 1) : right;
    const farY = corner === "sw" || corner === "se" ? clamp(snap(bottom + dy, ys, STICKS_Y), top + LEAST, 1) : bottom;
    return { x: left, y: top, width: farX - left, height: farY - top };
  });
}

const HAIR = 1e-6;

/** Indices of windows that cover a part of another one. */
export function overlapping(windows: readonly Window[]): Set<number> {
  const found = new Set<number>();
  windows.forEach((a, first) => {
    windows.forEach((b, second) => {
      if (second <= first) return;
      const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > HAIR;
      const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > HAIR;
      if (wide && high) found.add(first).add(second);
    });
  });
  return found;
}

/** A free place for one more window, the largest of a few sizes; null: there is none. */
export function roomFor(windows: readonly Window[]): Window | null {
  for (const steps of [8, 6, 4, 3, 2]) {
    const size = steps / 24;
    for (let row = 0; row + steps <= 24; row++) {
      for (let column = 0; column + steps <= 24; column++) {
        const one = { x: column / 24, y: row / 24, width: size, height: size };
        if (!overlapping([...windows, one]).has(windows.length)) return one;
      }
    }
  }
  return null;
}
