import { Button, Loader, Title } from "@mantine/core";
import { IconArrowLeft, IconDownload } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { Admin } from "../../../app/api";
import { RecordingsApi } from "../../../app/recordings-api";
import { filmUrl } from "../../../app/recordings-films";
import { placeOf } from "../../../app/recordings-place";
import type { Film } from "../../../model/film";
import type { RecordingSummary } from "../../../model/recording";
import { useText, useWords } from "../../shared/text";
import { dayWords } from "../describe";
import player from "../player.module.css";
import { save } from "../save";
import { goTo } from "../usePlace";
import { useTold } from "../useTold";
import classes from "./films.module.css";
import { useFilms } from "./useFilms";
import { useFilmSource, type FilmSource } from "./useFilmSource";
import { factsOf, titleOf } from "./words";

interface Props {
  readonly admin: Admin;
  readonly recording: string;
  readonly film: string;
}

/** One composed film, played by the browser's own player. */
export function FilmPage({ admin, recording, film: id }: Props): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings;
  const api = useMemo(() => new RecordingsApi(admin.key), [admin]);
  const attempt = useTold();
  const { films } = useFilms(api, recording);
  const source = useFilmSource(api, recording, id);
  const of = useSummary(api, recording);
  const film = films?.find((one) => one.id === id) ?? null;
  return (
    <div className={player["page"]}>
      <header className={player["head"]}>
        <button
          type="button"
          className={player["icon"]}
          aria-label={words.films.back}
          title={words.films.back}
          onClick={() => {
            goTo(placeOf(recording));
          }}
        >
          <IconArrowLeft size={22} />
        </button>
        {film && (
          <>
            <Title order={1} size="h4" className={player["name"] ?? ""}>
              {of ? of.roomName || of.room : titleOf(text, film)}
            </Title>
            <span className={player["when"]}>
              {[...(of ? [dayWords(language, of.startedAtMs), titleOf(text, film)] : []), ...factsOf(text, film)].join(" · ")}
            </span>
          </>
        )}
        <Button
          className={player["save"] ?? ""}
          variant="default"
          size="md"
          aria-label={words.actions.download}
          onClick={() => {
            void attempt(async () => {
              save(filmUrl(recording, id, (await api.ticket(recording)).ticket, true));
            });
          }}
        >
          <IconDownload size={18} aria-hidden />
          <span className={player["saveWord"]}>{words.actions.download}</span>
        </Button>
      </header>
      <Screen film={film} known={films !== null} source={source} />
    </div>
  );
}

/** What the film is of; null: not known yet. */
function useSummary(api: RecordingsApi, recording: string): RecordingSummary | null {
  const [found, setFound] = useState<RecordingSummary | null>(null);
  useEffect(() => {
    let current = true;
    // Without it the page only lacks a name.
    api.get(recording).then((one) => { if (current) setFound(one); }, () => undefined);
    return () => {
      current = false;
    };
  }, [api, recording]);
  return found;
}

interface ScreenProps {
  readonly film: Film | null;
  readonly known: boolean;
  readonly source: FilmSource;
}

function Screen({ film, known, source: { url, failure, renew } }: ScreenProps): ReactNode {
  const words = useText().recordings.films;
  const resumeS = useRef(0);
  const played = useRef(false);
  if ((known && film?.state !== "ready") || failure !== null) {
    return (
      <p className={player["blank"]} role="alert">
        {words.unplayable}
      </p>
    );
  }
  if (url === null) {
    return (
      <div className={player["blank"]} role="status">
        <Loader />
      </div>
    );
  }
  return (
    <main className={classes["screen"]}>
      <video
        className={classes["video"]}
        src={url}
        controls
        playsInline
        autoFocus
        preload="auto"
        onTimeUpdate={(event) => {
          resumeS.current = event.currentTarget.currentTime;
          played.current = !event.currentTarget.paused;
        }}
        onLoadedMetadata={(event) => {
          event.currentTarget.currentTime = resumeS.current;
          if (played.current) void event.currentTarget.play().catch(() => undefined);
        }}
        onError={renew}
      />
    </main>
  );
}
