import type { Box, Rect, Shape } from "./grid";

/** Width ÷ height above which the others stand beside the big tile instead of under it. */
const BESIDE_FROM = 1.2;
const BESIDE_SHARE = 0.18;
const BELOW_SHARE = 0.13;
const STRIP_MIN = 84;
const STRIP_MAX = 280;
const TALLEST_MAIN = 3 / 4;
const STRIP_RATIO = 16 / 9;

export interface StagePlan {
  readonly main: Rect;
  readonly strip: readonly Rect[];
  /** How many of the others fit beside the big tile at once. */
  readonly capacity: number;
}

/** One big tile and a strip of small ones: at the right on a wide stage, below on a tall one. */
export function placeStage(others: number, box: Box, shape: Shape): StagePlan {
  if (others === 0) return { main: { x: 0, y: 0, ...box }, strip: [], capacity: 0 };
  return box.width / Math.max(1, box.height) >= BESIDE_FROM ? beside(others, box, shape.gap) : below(others, box, shape.gap);
}

function beside(others: number, box: Box, gap: number): StagePlan {
  const width = Math.min(clampStrip(box.width * BESIDE_SHARE, box.width), box.height * STRIP_RATIO);
  const height = width / STRIP_RATIO;
  const capacity = howMany(box.height, height, gap);
  const shown = Math.min(others, capacity);
  const top = (box.height - shown * height - (shown - 1) * gap) / 2;
  const x = box.width - width;
  const strip = Array.from({ length: shown }, (_, index) => ({ x, y: top + index * (height + gap), width, height }));
  return { main: { x: 0, y: 0, width: Math.max(0, box.width - width - gap), height: box.height }, strip, capacity };
}

function below(others: number, box: Box, gap: number): StagePlan {
  const height = Math.min(clampStrip(box.height * BELOW_SHARE, box.height), box.width / 2);
  const width = height;
  const capacity = howMany(box.width, width, gap);
  const shown = Math.min(others, capacity);
  const left = (box.width - shown * width - (shown - 1) * gap) / 2;
  // A camera cropped to a whole tall phone shows a nose: the big tile stays wider than that.
  const main = Math.max(0, Math.min(box.height - height - gap, box.width / TALLEST_MAIN));
  const top = (box.height - main - gap - height) / 2;
  const y = top + main + gap;
  const strip = Array.from({ length: shown }, (_, index) => ({ x: left + index * (width + gap), y, width, height }));
  return { main: { x: 0, y: top, width: box.width, height: main }, strip, capacity };
}

function clampStrip(wanted: number, whole: number): number {
  return Math.min(STRIP_MAX, Math.max(STRIP_MIN, wanted), whole / 2);
}

function howMany(room: number, size: number, gap: number): number {
  return Math.max(1, Math.floor((room + gap) / (size + gap)));
}
