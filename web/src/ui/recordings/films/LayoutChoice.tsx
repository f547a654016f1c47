import { NativeSelect } from "@mantine/core";
import type { ReactNode } from "react";
import { FILM_LAYOUTS, type FilmScene } from "../../../model/film";
import { useText } from "../../shared/text";
import classes from "./films.module.css";
import { chosenScene, type FilmForm } from "./form";
import { LayoutPicture } from "./LayoutPicture";

interface Props {
  readonly form: FilmForm;
  /** Of the room; without any there is nothing to be chosen there. */
  readonly scenes: readonly FilmScene[];
  readonly onChange: (fields: Partial<FilmForm>) => void;
}

/** The layouts as pictures, each with what it is good for. */
export function LayoutChoice({ form: { layout, scene }, scenes, onChange }: Props): ReactNode {
  const { films } = useText().recordings;
  const offered = FILM_LAYOUTS.filter((one) => one !== "scene" || scenes.length > 0);
  return (
    <fieldset className={classes["fields"]}>
      <legend>{films.layout}</legend>
      <div className={classes["choices"]}>
        {offered.map((one) => (
          <label key={one} className={classes["choice"]} data-layout={one}>
            <input
              type="radio"
              name="layout"
              value={one}
              checked={one === layout}
              onChange={() => {
                onChange({ layout: one });
              }}
            />
            <LayoutPicture layout={one} />
            <strong>{films.layouts[one].name}</strong>
            <span className={classes["soft"]}>{films.layouts[one].use}</span>
          </label>
        ))}
      </div>
      {layout === "scene" && scenes.length > 0 && (
        <NativeSelect
          label={films.scene}
          value={chosenScene(scene, scenes)}
          data={scenes.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(event) => {
            onChange({ scene: event.currentTarget.value });
          }}
        />
      )}
    </fieldset>
  );
}
