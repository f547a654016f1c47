import type { ReactNode } from "react";
import type { Window } from "../../protocol/generated";
import classes from "./desk.module.css";

interface Props {
  readonly windows: readonly Window[];
  /** Width ÷ height of the canvas. */
  readonly ratio: number;
  /** Which of them hold something. */
  readonly filled?: readonly boolean[];
}

const HIGH = 90;

/** A division as a little picture. */
export function WindowsPicture({ windows, ratio, filled }: Props): ReactNode {
  const wide = HIGH * ratio;
  return (
    <svg className={classes["picture"]} viewBox={`0 0 ${String(wide)} ${String(HIGH)}`} aria-hidden>
      <rect className={classes["pictureCanvas"]} width={wide} height={HIGH} rx={4} />
      {windows.map((one, index) => (
        <rect
          key={index}
          className={classes["pictureWindow"]}
          data-filled={filled?.[index]}
          x={one.x * wide + 1.5}
          y={one.y * HIGH + 1.5}
          width={Math.max(1, one.width * wide - 3)}
          height={Math.max(1, one.height * HIGH - 3)}
          rx={2}
        />
      ))}
    </svg>
  );
}
