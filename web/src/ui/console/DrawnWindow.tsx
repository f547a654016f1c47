import type { KeyboardEvent, PointerEvent as ReactPointerEvent, ReactNode } from "react";
import type { Box } from "../../layout/grid";
import { moved, resized, type Corner } from "../../layout/windows";
import type { Window as Piece } from "../../protocol/generated";
import { useText } from "../shared/text";
import classes from "./editor.module.css";

interface Props {
  readonly windows: readonly Piece[];
  readonly index: number;
  /** The drawn canvas in CSS pixels. */
  readonly canvas: Box;
  readonly bad: boolean;
  readonly chosen: boolean;
  readonly onChange: (windows: readonly Piece[]) => void;
  readonly onChoose: (index: number) => void;
}

const CORNERS = ["nw", "ne", "sw", "se"] as const satisfies readonly Corner[];
const STEP = 1 / 24;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** One window of the editor: its face moves it, its corners size it, arrow keys do both by steps (with Shift: size). */
export function DrawnWindow({ windows, index, canvas, bad, chosen, onChange, onChoose }: Props): ReactNode {
  const words = useText().console.editor;
  const one = windows[index];
  if (!one) return null;
  const change = (corner: Corner | null, dx: number, dy: number): void => {
    onChange(corner === null ? moved(windows, index, dx, dy) : resized(windows, index, corner, dx, dy));
  };
  const grasp = (corner: Corner | null) => (down: ReactPointerEvent<HTMLElement>) => {
    down.stopPropagation();
    if (down.button !== 0) return;
    onChoose(index);
    follow(down, (dx, dy) => {
      change(corner, dx / canvas.width, dy / canvas.height);
    });
  };
  const pressed = (event: KeyboardEvent): void => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    change(event.shiftKey ? "se" : null, step[0], step[1]);
  };
  return (
    <div
      role="button"
      tabIndex={0}
      className={classes["window"]}
      aria-label={words.window(index + 1)}
      aria-pressed={chosen}
      data-window={index}
      data-bad={bad}
      style={{ left: one.x * canvas.width, top: one.y * canvas.height, width: one.width * canvas.width, height: one.height * canvas.height }}
      onPointerDown={grasp(null)}
      onFocus={() => {
        onChoose(index);
      }}
      onKeyDown={pressed}
    >
      <span className={classes["ordinal"]}>{index + 1}</span>
      {CORNERS.map((corner) => (
        <span key={corner} className={classes["corner"]} data-corner={corner} title={words.corner} onPointerDown={grasp(corner)} />
      ))}
    </div>
  );
}

/** Tells how far the pointer has gone since `down`, CSS pixels, until it is let go. */
function follow(down: ReactPointerEvent<HTMLElement>, moved: (dx: number, dy: number) => void): void {
  const { pointerId, clientX, clientY } = down;
  const went = (event: PointerEvent): void => {
    if (event.pointerId === pointerId) moved(event.clientX - clientX, event.clientY - clientY);
  };
  const ended = (event: PointerEvent): void => {
    if (event.pointerId !== pointerId) return;
    window.removeEventListener("pointermove", went);
    window.removeEventListener("pointerup", ended);
    window.removeEventListener("pointercancel", ended);
  };
  window.addEventListener("pointermove", went);
  window.addEventListener("pointerup", ended);
  window.addEventListener("pointercancel", ended);
}
