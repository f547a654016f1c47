import type { Box, Rect } from "../../layout/grid";
import type { WallPane } from "../../protocol/generated";

/** Where the whole canvas stands in `box`: as large as it can be, its shape kept, in the middle, on whole pixels. */
export function canvasIn(canvas: Box, box: Box): Rect {
  if (canvas.width <= 0 || canvas.height <= 0 || box.width <= 0 || box.height <= 0) return { x: 0, y: 0, width: 0, height: 0 };
  const scale = Math.min(box.width / canvas.width, box.height / canvas.height);
  const width = Math.round(canvas.width * scale);
  const height = Math.round(canvas.height * scale);
  return { x: Math.floor((box.width - width) / 2), y: Math.floor((box.height - height) / 2), width, height };
}

/** Where each pane stands in `box`, by its index. Edges are rounded, not sizes: panes that touch still touch. */
export function placePanes(panes: readonly Pick<WallPane, "index" | "rect">[], canvas: Box, box: Box): Map<number, Rect> {
  const whole = canvasIn(canvas, box);
  const places = new Map<number, Rect>();
  for (const { index, rect } of panes) {
    const left = edge(whole.width * rect.x);
    const top = edge(whole.height * rect.y);
    const right = edge(whole.width * (rect.x + rect.width));
    const bottom = edge(whole.height * (rect.y + rect.height));
    places.set(index, { x: whole.x + left, y: whole.y + top, width: right - left, height: bottom - top });
  }
  return places;
}

/** Sums of fractions such as 2/3 + 1/3 end a hair beside the edge that the next pane begins with. */
function edge(value: number): number {
  return Math.floor(value + 0.5 + 1e-6);
}
