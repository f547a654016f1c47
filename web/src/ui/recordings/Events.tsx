import type { ReactNode } from "react";
import { useWords } from "../shared/text";
import { clockWords, timeWords } from "./describe";
import classes from "./player.module.css";
import { eventWords } from "./reasons";
import type { Opened } from "./usePlayer";
import { usePositionMs } from "./useScene";

/** Who came and went, and what happened to the recording; a press goes there. */
export function Events({ opened: { recording, timeline, player } }: { readonly opened: Opened }): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings.player;
  const atMs = usePositionMs(player, 1000);
  const latest = recording.events.filter((event) => event.atMs <= atMs + 1000).at(-1);
  if (recording.events.length === 0) return <p className={classes["soft"]}>{words.noEvents}</p>;
  return (
    <ol className={classes["events"]}>
      {recording.events.map((event) => (
        <li key={`${String(event.atMs)}/${event.kind}/${event.participant}`}>
          <button
            type="button"
            aria-current={event === latest ? "step" : undefined}
            data-kind={event.kind}
            onClick={() => {
              player.seek(event.atMs);
            }}
          >
            <time title={timeWords(language, event.atMs)}>{clockWords(event.atMs - timeline.fromMs)}</time>
            <i aria-hidden />
            <span>{eventWords(text, event)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
