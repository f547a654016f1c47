import type { ReactNode } from "react";
import { FILM_LAYOUTS, type FilmLayout } from "../../../model/film";
import { useText } from "../../shared/text";
import classes from "./films.module.css";
import { LayoutPicture } from "./LayoutPicture";

interface Props {
  readonly layout: FilmLayout;
  readonly onLayout: (layout: FilmLayout) => void;
}

/** The layouts as pictures, each with what it is good for. */
export function LayoutChoice({ layout, onLayout }: Props): ReactNode {
  const { films } = useText().recordings;
  return (
    <fieldset className={classes["fields"]}>
      <legend>{films.layout}</legend>
      <div className={classes["choices"]}>
        {FILM_LAYOUTS.map((one) => (
          <label key={one} className={classes["choice"]} data-layout={one}>
            <input
              type="radio"
              name="layout"
              value={one}
              checked={one === layout}
              onChange={() => {
                onLayout(one);
              }}
            />
            <LayoutPicture layout={one} />
            <strong>{films.layouts[one].name}</strong>
            <span className={classes["soft"]}>{films.layouts[one].use}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
