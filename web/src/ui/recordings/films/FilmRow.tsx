import { Button, Progress } from "@mantine/core";
import { IconAlertTriangle, IconDownload, IconHourglass, IconPlayerPlayFilled, IconRefresh, IconTrash, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Film } from "../../../model/film";
import { useText, useWords } from "../../shared/text";
import { dayWords } from "../describe";
import classes from "./films.module.css";
import { factsOf, remainingWords, titleOf } from "./words";

export interface FilmActions {
  readonly onPlay: (film: Film) => void;
  readonly onSave: (film: Film) => void;
  readonly onRetry: (film: Film) => void;
  /** Stops it while it is made, deletes it otherwise. */
  readonly onRemove: (film: Film) => void;
}

interface Props extends FilmActions {
  readonly film: Film;
}

const SIZE = 20;

/** One film: on its way, ready to be played, or why it is not. */
export function FilmRow({ film, ...actions }: Props): ReactNode {
  const { text, language } = useWords();
  const title = titleOf(text, film);
  return (
    <li className={classes["film"]} data-film={film.id} data-state={film.state}>
      <div className={classes["filmHead"]}>
        <span className={classes["filmName"]}>
          <strong>{title}</strong>
          <span className={classes["soft"]}>{[dayWords(language, film.askedAtMs), ...factsOf(text, film)].join(" · ")}</span>
        </span>
        {film.state !== "ready" && <Actions film={film} title={title} {...actions} />}
      </div>
      {film.state === "ready" && (
        <div className={classes["ready"]}>
          <Button
            size="sm"
            variant="light"
            leftSection={<IconPlayerPlayFilled size={16} aria-hidden />}
            onClick={() => {
              actions.onPlay(film);
            }}
          >
            {text.recordings.films.play}
          </Button>
          <Actions film={film} title={title} {...actions} />
        </div>
      )}
      <State film={film} />
    </li>
  );
}

function Actions({ film, title, onSave, onRetry, onRemove }: Props & { readonly title: string }): ReactNode {
  const { films: words } = useText().recordings;
  const key = (label: string, icon: ReactNode, action: (film: Film) => void): ReactNode => (
    <button
      type="button"
      className={classes["key"]}
      aria-label={`${label}: ${title}`}
      title={label}
      onClick={() => {
        action(film);
      }}
    >
      {icon}
    </button>
  );
  const over = film.state === "failed" || film.state === "cancelled";
  return (
    <span className={classes["keys"]}>
      {film.state === "ready" && key(words.save, <IconDownload size={SIZE} />, onSave)}
      {over && key(words.retry, <IconRefresh size={SIZE} />, onRetry)}
      {film.state === "ready" || over
        ? key(words.remove, <IconTrash size={SIZE} />, onRemove)
        : key(words.cancel, <IconX size={SIZE} />, onRemove)}
    </span>
  );
}

function State({ film }: { readonly film: Film }): ReactNode {
  const { text, language } = useWords();
  const { films: words } = text.recordings;
  if (film.state === "making") {
    return (
      <div className={classes["progress"]}>
        <Progress.Root size="lg">
          <Progress.Section value={film.percent} aria-label={words.making} />
        </Progress.Root>
        <span className={classes["soft"]}>{`${String(Math.floor(film.percent))}% · ${remainingWords(text, film)}`}</span>
      </div>
    );
  }
  const reason = film.reason?.[language] ?? "";
  const faults = film.faults > 0 ? words.faulty(film.faults) : "";
  const notes = {
    queued: words.states.queued,
    cancelled: words.states.cancelled,
    failed: words.failed(reason || words.unknownReason),
    ready: [reason, faults].filter(Boolean).join(" "),
  };
  const Icon = film.state === "queued" ? IconHourglass : IconAlertTriangle;
  if (notes[film.state] === "") return null;
  return (
    <p className={classes["note"]} role={film.state === "failed" ? "alert" : undefined}>
      <Icon size={16} aria-hidden />
      <span>{notes[film.state]}</span>
    </p>
  );
}
