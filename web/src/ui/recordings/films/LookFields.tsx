import { NativeSelect, Switch } from "@mantine/core";
import type { ReactNode } from "react";
import { FILM_FPS, FILM_PRESETS } from "../../../model/film";
import { useText } from "../../shared/text";
import classes from "./films.module.css";
import { HEIGHTS, type FilmForm } from "./form";

interface Props {
  readonly form: FilmForm;
  readonly onChange: (fields: Partial<FilmForm>) => void;
}

const SOUNDS = ["aac", "opus"] as const;

/** Sharpness and what is written into the picture; what few people need is folded away. */
export function LookFields({ form, onChange }: Props): ReactNode {
  const words = useText().recordings.films;
  const select = <T extends string | number>(label: string, value: T, all: readonly T[], say: (one: T) => string, set: (one: T) => void): ReactNode => (
    <NativeSelect
      label={label}
      value={String(value)}
      data={all.map((one) => ({ value: String(one), label: say(one) }))}
      onChange={(event) => {
        const chosen = all.find((one) => String(one) === event.currentTarget.value);
        if (chosen !== undefined) set(chosen);
      }}
    />
  );
  return (
    <>
      <fieldset className={classes["fields"]}>
        <legend>{words.look}</legend>
        {select(words.quality, form.height, HEIGHTS, (one) => words.heights[one], (height) => { onChange({ height }); })}
        <div className={classes["switches"]}>
          <Switch checked={form.labels} label={words.labels} onChange={(event) => { onChange({ labels: event.currentTarget.checked }); }} />
          <Switch checked={form.clock} label={words.clock} onChange={(event) => { onChange({ clock: event.currentTarget.checked }); }} />
        </div>
      </fieldset>
      <details className={classes["more"]}>
        <summary>{words.more}</summary>
        <div className={classes["selects"]}>
          {select(words.fps, form.fps, FILM_FPS, words.fpsOf, (fps) => { onChange({ fps }); })}
          {select(words.preset, form.preset, FILM_PRESETS, (one) => words.presets[one], (preset) => { onChange({ preset }); })}
          {select(words.sound, form.sound, SOUNDS, (one) => words.sounds[one], (sound) => { onChange({ sound }); })}
        </div>
      </details>
    </>
  );
}
