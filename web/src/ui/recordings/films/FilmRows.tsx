import { useState, type ReactNode } from "react";
import type { RecordingsApi } from "../../../app/recordings-api";
import { filmUrl } from "../../../app/recordings-films";
import { placeOf } from "../../../app/recordings-place";
import { isUnfinished, type Film } from "../../../model/film";
import { ConfirmDialog } from "../../shared/ConfirmDialog";
import { useText } from "../../shared/text";
import { save } from "../save";
import { goTo } from "../usePlace";
import { useTold } from "../useTold";
import { FilmRow } from "./FilmRow";
import classes from "./films.module.css";
import type { Films } from "./useFilms";
import { titleOf } from "./words";

interface Props {
  readonly recordings: RecordingsApi;
  readonly found: Films;
  readonly onRetry: (film: Film) => void;
}

export function FilmRows({ recordings, found: { films, api, reload }, onRetry }: Props): ReactNode {
  const text = useText();
  const words = text.recordings.films;
  const attempt = useTold();
  const [removing, setRemoving] = useState<Film | null>(null);
  const { recording } = api;
  const remove = ({ id }: Film): void => {
    void attempt(() => api.remove(id)).then(reload);
  };
  const download = async ({ id }: Film): Promise<void> => {
    save(filmUrl(recording, id, (await recordings.ticket(recording)).ticket, true));
  };
  return (
    <>
      <ul className={classes["list"]}>
        {films?.map((film) => (
          <FilmRow
            key={film.id}
            film={film}
            onPlay={({ id }) => {
              goTo(placeOf(recording, id));
            }}
            onSave={(one) => void attempt(() => download(one))}
            onRetry={onRetry}
            onRemove={(one) => {
              if (isUnfinished(one)) remove(one);
              else setRemoving(one);
            }}
          />
        ))}
      </ul>
      <ConfirmDialog
        about={removing}
        title={(film) => words.removeTitle(titleOf(text, film))}
        question={words.removeText}
        confirm={words.remove}
        onCancel={() => {
          setRemoving(null);
        }}
        onConfirm={(film) => {
          setRemoving(null);
          remove(film);
        }}
      />
    </>
  );
}
