import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./mark.module.css";
import { useWords } from "./text";
import { HTML_LANG } from "../../i18n/language";

interface Props {
  /** Who pressed the button; empty: the room's setting did. */
  readonly startedBy: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** The recording does not work at the moment. */
  readonly alarm: boolean;
  /** Only the dot and one word; the rest is read out and shown when pointed at. */
  readonly compact?: boolean;
}

/** Says to everybody that this meeting is being recorded, since when and by whom. */
export function RecordingMark({ startedBy, startedAtMs, alarm, compact = false }: Props): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings.mark;
  const time = new Date(startedAtMs).toLocaleTimeString(HTML_LANG[language], { hour: "2-digit", minute: "2-digit" });
  const since = startedBy === "" ? words.sinceAutomatic(time) : words.since(startedBy, time);
  const state = alarm ? words.alarm : words.on;
  return (
    <span className={classes["mark"]} role="status" data-alarm={alarm} data-compact={compact} title={`${state} · ${since}`}>
      {alarm ? <IconAlertTriangle size={16} aria-hidden /> : <i aria-hidden />}
      <strong>{compact && !alarm ? words.short : state}</strong>
      <span>{since}</span>
    </span>
  );
}
