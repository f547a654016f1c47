import { Button, Loader } from "@mantine/core";
import { IconMovie } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { RecordingsApi } from "../../../app/recordings-api";
import { useSay } from "../../home/useSay";
import { useText } from "../../shared/text";
import { useTold } from "../useTold";
import { FilmRows } from "./FilmRows";
import classes from "./films.module.css";
import { FILM_FORM, formOf, type Extent, type FilmForm } from "./form";
import { MakeFilmDialog } from "./MakeFilmDialog";
import { useFilms } from "./useFilms";
import { useScenes } from "./useScenes";

interface Props {
  readonly recordings: RecordingsApi;
  readonly recording: string;
  readonly extent: Extent;
  /** It still runs: a film of it can be made afterwards. */
  readonly running: boolean;
  /** Where a player is at the moment; absent: nothing plays. */
  readonly positionMs?: () => number;
}

/** The composed films of a recording, and the way to another one. */
export function FilmList({ recordings, recording, extent, running, positionMs }: Props): ReactNode {
  const words = useText().recordings.films;
  const say = useSay();
  const attempt = useTold();
  const found = useFilms(recordings, recording);
  const { films, failure, api, reload } = found;
  const [making, setMaking] = useState<FilmForm | null>(null);
  const scenes = useScenes(api, making !== null);
  return (
    <div className={classes["films"]}>
      {films === null && failure === null && <Loader size="sm" />}
      {failure !== null && <p className={classes["soft"]}>{say(failure)}</p>}
      {films?.length === 0 && <p className={classes["soft"]}>{running ? words.whileRunning : words.none}</p>}
      <FilmRows
        recordings={recordings}
        found={found}
        onRetry={(film) => {
          setMaking(formOf(film, extent));
        }}
      />
      <Button
        variant="default"
        leftSection={<IconMovie size={18} aria-hidden />}
        disabled={running}
        onClick={() => {
          setMaking(FILM_FORM);
        }}
      >
        {words.make}
      </Button>
      <MakeFilmDialog
        form={making}
        extent={extent}
        scenes={scenes}
        positionMs={positionMs}
        onClose={() => {
          setMaking(null);
        }}
        onMake={async (wish) => {
          if (await attempt(() => api.make(wish))) setMaking(null);
          await reload();
        }}
      />
    </div>
  );
}
