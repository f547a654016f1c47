import type { ReactNode } from "react";
import type { FilmLayout } from "../../../model/film";
import classes from "./films.module.css";

type Box = readonly [x: number, y: number, width: number, height: number];

const [WIDTH, HEIGHT, SPACE, ROUND] = [96, 54, 2, 2];
const THIRDS = [0, 1, 2] as const;
const [THIRD_X, THIRD_Y] = [WIDTH / 3, HEIGHT / 3];

/** What each layout looks like; the first box is the one that speaks. */
const BOXES: Readonly<Record<FilmLayout, readonly Box[]>> = {
  speaker: [[0, 6.75, 72, 40.5], ...[0, 1, 2].map((row): Box => [72, 6.75 + row * 13.5, 24, 13.5])],
  grid: THIRDS.flatMap((row) => THIRDS.map((column): Box => [column * THIRD_X, row * THIRD_Y, THIRD_X, THIRD_Y])),
  "one-big": [
    [0, 0, 2 * THIRD_X, 2 * THIRD_Y],
    ...THIRDS.map((row): Box => [2 * THIRD_X, row * THIRD_Y, THIRD_X, THIRD_Y]),
    ...[0, 1].map((column): Box => [column * THIRD_X, 2 * THIRD_Y, THIRD_X, THIRD_Y]),
  ],
  scene: [
    [0, 0, WIDTH / 2, HEIGHT],
    [WIDTH / 2, 0, WIDTH / 2, HEIGHT / 2],
    ...[2, 3].map((column): Box => [(column * WIDTH) / 4, HEIGHT / 2, WIDTH / 4, HEIGHT / 2]),
  ],
};

/** A small picture of a layout. */
export function LayoutPicture({ layout }: { readonly layout: FilmLayout }): ReactNode {
  return (
    <svg className={classes["layout"]} viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`} aria-hidden>
      {BOXES[layout].map(([x, y, width, height], index) => (
        <rect
          key={`${String(x)}/${String(y)}`}
          x={x + SPACE / 2}
          y={y + SPACE / 2}
          width={width - SPACE}
          height={height - SPACE}
          rx={ROUND}
          data-first={index === 0 && layout !== "grid"}
        />
      ))}
    </svg>
  );
}
