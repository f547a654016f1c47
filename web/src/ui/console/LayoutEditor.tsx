import { Button } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useRef, useState, type ReactNode } from "react";
import type { Box } from "../../layout/grid";
import { MOST_WINDOWS, overlapping, roomFor } from "../../layout/windows";
import { templateWindows } from "../../layout/templates";
import { withWindows } from "../../model/walls";
import type { Wall, Window } from "../../protocol/generated";
import { canvasIn } from "../panes/place";
import { useBox } from "../shared/hooks";
import { useText } from "../shared/text";
import { CanvasChoice } from "./CanvasChoice";
import { useDesk } from "./desk";
import { DrawnWindow } from "./DrawnWindow";
import classes from "./editor.module.css";

interface Props {
  readonly wall: Wall;
  readonly onClose: () => void;
}

function windowsOf({ board }: Wall): readonly Window[] {
  return board.template === "free" ? board.windows : templateWindows(board.template, board.width / board.height);
}

/** Windows drawn by hand on a canvas of any shape. Nothing changes on the wall before it is applied. */
export function LayoutEditor({ wall, onClose }: Props): ReactNode {
  const text = useText();
  const words = text.console.editor;
  const { edit, mayEdit } = useDesk();
  const { board } = wall;
  const [windows, setWindows] = useState(windowsOf(wall));
  const [chosen, setChosen] = useState<number | null>(null);
  const [canvas, setCanvas] = useState({ width: board.width, height: board.height });
  const bad = overlapping(windows);
  const apply = (): void => {
    edit(wall.id, { do: "board", board: withWindows(board, windows, canvas.width, canvas.height) });
    onClose();
  };
  return (
    <main className={classes["editor"]} data-editor>
      <header className={classes["head"]}>
        <h2>{`${words.title} · ${wall.name}`}</h2>
        <p>{bad.size > 0 ? <strong>{words.overlap}</strong> : words.hint}</p>
      </header>
      <div className={classes["tools"]}>
        <CanvasChoice canvas={canvas} onChange={setCanvas} />
        <WindowButtons windows={windows} chosen={chosen} onChange={setWindows} onChoose={setChosen} />
      </div>
      <Drawing windows={windows} canvas={canvas} bad={bad} chosen={chosen} onChange={setWindows} onChoose={setChosen} />
      <footer className={classes["foot"]}>
        <Button size="md" variant="default" onClick={onClose}>
          {text.common.cancel}
        </Button>
        <Button size="md" disabled={bad.size > 0 || windows.length === 0 || !mayEdit(wall)} onClick={apply} data-apply-windows>
          {words.apply}
        </Button>
      </footer>
    </main>
  );
}

interface WindowsProps {
  readonly windows: readonly Window[];
  readonly chosen: number | null;
  readonly onChange: (windows: readonly Window[]) => void;
  readonly onChoose: (index: number | null) => void;
}

function WindowButtons({ windows, chosen, onChange, onChoose }: WindowsProps): ReactNode {
  const words = useText().console.editor;
  const free = windows.length < MOST_WINDOWS ? roomFor(windows) : null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPlus size={18} aria-hidden />}
        disabled={!free}
        title={free ? words.add : words.full}
        onClick={() => {
          if (!free) return;
          onChange([...windows, free]);
          onChoose(windows.length);
        }}
      >
        {words.add}
      </Button>
      <Button
        variant="default"
        leftSection={<IconTrash size={18} aria-hidden />}
        disabled={chosen === null}
        onClick={() => {
          onChange(windows.filter((_, index) => index !== chosen));
          onChoose(null);
        }}
      >
        {words.remove}
      </Button>
    </>
  );
}

interface DrawingProps extends WindowsProps {
  readonly canvas: Box;
  readonly bad: ReadonlySet<number>;
}

function Drawing({ windows, canvas, bad, chosen, onChange, onChoose }: DrawingProps): ReactNode {
  const ref = useRef<HTMLDivElement>(null);
  const place = canvasIn(canvas, useBox(ref));
  return (
    <div ref={ref} className={classes["drawing"]}>
      <div
        className={classes["canvas"]}
        style={{ left: place.x, top: place.y, width: place.width, height: place.height }}
        onPointerDown={() => {
          onChoose(null);
        }}
      >
        {windows.map((_, index) => (
          <DrawnWindow key={index} windows={windows} index={index} canvas={place} bad={bad.has(index)} chosen={chosen === index} onChange={onChange} onChoose={onChoose} />
        ))}
      </div>
    </div>
  );
}
