import { Button, Divider, SegmentedControl } from "@mantine/core";
import { IconVectorBezier2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { templateWindows } from "../../layout/templates";
import { GRIDS, ONE_BIG } from "../../layout/windows";
import type { Wall } from "../../protocol/generated";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./desk.module.css";
import { WindowsPicture } from "./WindowsPicture";

interface Props {
  readonly wall: Wall;
  readonly onDone: () => void;
  readonly onDraw: () => void;
}

const CANVASES = { "16:9": { width: 3840, height: 2160 }, "32:9": { width: 7680, height: 2160 } } as const;

/** The divisions as pictures, on the canvas that the wall has. */
export function TemplatePicker({ wall, onDone, onDraw }: Props): ReactNode {
  const text = useText().console.bar;
  const { edit } = useDesk();
  const { board } = wall;
  const ratio = Object.entries(CANVASES).find(([, size]) => size.width * board.height === size.height * board.width)?.[0] ?? "";
  const names = [...GRIDS.map((count) => ({ name: `grid-${String(count)}`, label: text.grid(count) })), ...ONE_BIG.map((count) => ({ name: `one-big-${String(count)}`, label: text.oneBig(count) }))];
  return (
    <div className={classes["templates"]}>
      <SegmentedControl
        aria-label={text.canvas}
        value={ratio}
        data={Object.keys(CANVASES)}
        onChange={(next) => {
          const size = CANVASES[next as keyof typeof CANVASES];
          edit(wall.id, { do: "board", board: { ...board, ...size } });
        }}
      />
      <div className={classes["templateGrid"]} role="group" aria-label={text.templates}>
        {names.map(({ name, label }) => (
          <button
            key={name}
            type="button"
            className={classes["template"]}
            aria-pressed={board.template === name}
            data-template={name}
            onClick={() => {
              onDone();
              if (board.template !== name) edit(wall.id, { do: "template", template: name });
            }}
          >
            <WindowsPicture windows={templateWindows(name, board.width / board.height)} ratio={board.width / board.height} />
            <span>{label}</span>
          </button>
        ))}
      </div>
      <Divider />
      <Button
        size="md"
        variant="default"
        leftSection={<IconVectorBezier2 size={20} aria-hidden />}
        onClick={() => {
          onDone();
          onDraw();
        }}
      >
        {text.editFree}
      </Button>
    </div>
  );
}
