import { NumberInput, SegmentedControl } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Box } from "../../layout/grid";
import { useText } from "../shared/text";
import classes from "./editor.module.css";

type Ratio = "wide" | "ultra" | "custom";

const SIZES = { wide: { width: 3840, height: 2160 }, ultra: { width: 7680, height: 2160 } } as const;
const LEAST_PX = 320;
const MOST_PX = 16_384;

/** Even, as video wants it, and within what a wall can be. */
const pixels = (value: string | number): number => Math.min(MOST_PX, Math.max(LEAST_PX, Math.round(Number(value) / 2) * 2 || LEAST_PX));

interface Props {
  readonly canvas: Box;
  readonly onChange: (canvas: Box) => void;
}

/** The shape of the canvas: two common ones, or its size in pixels. */
export function CanvasChoice({ canvas, onChange }: Props): ReactNode {
  const words = useText().console.editor;
  const same = (size: Box): boolean => size.width * canvas.height === size.height * canvas.width;
  const [ratio, setRatio] = useState<Ratio>(same(SIZES.wide) ? "wide" : same(SIZES.ultra) ? "ultra" : "custom");
  const data = (["wide", "ultra", "custom"] as const).map((value) => ({ value, label: words[value] }));
  return (
    <>
      <SegmentedControl
        aria-label={words.ratio}
        value={ratio}
        data={data}
        onChange={(next) => {
          setRatio(next);
          if (next !== "custom") onChange(SIZES[next]);
        }}
      />
      {ratio === "custom" && (
        <>
          <Side
            label={words.width}
            value={canvas.width}
            onChange={(width) => {
              onChange({ ...canvas, width });
            }}
          />
          <span aria-hidden>×</span>
          <Side
            label={words.height}
            value={canvas.height}
            onChange={(height) => {
              onChange({ ...canvas, height });
            }}
          />
        </>
      )}
    </>
  );
}

interface SideProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Side({ label, value, onChange }: SideProps): ReactNode {
  return (
    <NumberInput
      className={classes["number"] ?? ""}
      aria-label={label}
      min={LEAST_PX}
      max={MOST_PX}
      step={2}
      value={value}
      // Only a finished number counts: half of one would jump under the fingers.
      onBlur={(event) => {
        onChange(pixels(event.currentTarget.value));
      }}
    />
  );
}
