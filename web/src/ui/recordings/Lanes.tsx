import { IconMicrophone, IconScreenShare, IconVideo } from "@tabler/icons-react";
import type { MouseEvent, ReactNode } from "react";
import { isWished } from "../../model/recording";
import { byPerson, type Hole, type Lane } from "../../player/timeline";
import { useText, useWords } from "../shared/text";
import { durationWords, nameOf, sourceWords } from "./describe";
import classes from "./lanes.module.css";
import { reasonWords } from "./reasons";
import type { Opened } from "./usePlayer";
import { usePositionMs } from "./useScene";

interface Props {
  readonly opened: Opened;
  readonly big: string | null;
  readonly onChoose: (track: string) => void;
}

/** A line for each track: when there was something, and what is missing. A press on a line goes there. */
export function Lanes({ opened, big, onChoose }: Props): ReactNode {
  const { timeline } = opened;
  const shown = byPerson(timeline).filter((lane) => lane.parts.length + lane.holes.length > 0);
  return (
    <div className={classes["lanes"]}>
      {shown.map((lane) => (
        <Line key={lane.id} lane={lane} opened={opened} chosen={lane.id === big} onChoose={onChoose} />
      ))}
    </div>
  );
}

interface LineProps {
  readonly lane: Lane;
  readonly opened: Opened;
  readonly chosen: boolean;
  readonly onChoose: (track: string) => void;
}

function Line({ lane, opened, chosen, onChoose }: LineProps): ReactNode {
  const text = useText();
  const words = text.recordings.player;
  const { timeline, player } = opened;
  const lengthMs = Math.max(1, timeline.untilMs - timeline.fromMs);
  const { track } = lane;
  const name = nameOf(text, track);
  const place = ({ fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number }): { left: string; width: string } => ({
    left: `${((100 * (fromMs - timeline.fromMs)) / lengthMs).toFixed(3)}%`,
    width: `${((100 * (untilMs - fromMs)) / lengthMs).toFixed(3)}%`,
  });
  const go = (event: MouseEvent<HTMLElement>): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    player.seek(timeline.fromMs + ((event.clientX - left) / Math.max(1, width)) * lengthMs);
  };
  const Icon = track.kind === "audio" ? IconMicrophone : track.source === "screen" ? IconScreenShare : IconVideo;
  const lost = lane.holes.filter(({ gap }) => gap === null || !isWished(gap)).length;
  const gaps = lost === 0 ? "" : words.gapsFound(lost);
  return (
    <div className={classes["line"]} data-lane={lane.id} data-chosen={chosen}>
      <button
        type="button"
        className={classes["label"]}
        disabled={track.kind === "audio"}
        title={[name, sourceWords(text, track), gaps].filter(Boolean).join(" · ")}
        onClick={() => {
          onChoose(lane.id);
        }}
      >
        <Icon size={15} aria-hidden />
        <span>{name}</span>
        {gaps !== "" && <em>{gaps}</em>}
      </button>
      <div className={classes["track"]} onClick={go}>
        {lane.parts.map((part) => (
          <span key={part.key} className={classes["part"]} data-kind={track.kind} style={place(part)} />
        ))}
        {lane.holes.map((hole) => (
          <Missing key={`${String(hole.fromMs)}/${String(hole.untilMs)}`} hole={hole} style={place(hole)} />
        ))}
        <Head opened={opened} />
      </div>
    </div>
  );
}

function Missing({ hole, style }: { readonly hole: Hole; readonly style: { left: string; width: string } }): ReactNode {
  const { text, language } = useWords();
  const title = text.recordings.player.gapTitle(reasonWords(text, language, hole.gap), durationWords(text, hole.untilMs - hole.fromMs));
  return <span className={classes["hole"]} role="img" data-reason={hole.gap?.reason ?? "other"} aria-label={title} title={title} style={style} />;
}

function Head({ opened: { player, timeline } }: { readonly opened: Opened }): ReactNode {
  const atMs = Math.max(timeline.fromMs, usePositionMs(player, 100));
  const lengthMs = Math.max(1, timeline.untilMs - timeline.fromMs);
  return <i className={classes["head"]} style={{ left: `${((100 * (atMs - timeline.fromMs)) / lengthMs).toFixed(3)}%` }} />;
}
