import { Popover } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./mark.module.css";
import { useWords } from "./text";
import { HTML_LANG } from "../../i18n/language";

interface Props {
  /** Who pressed the button; empty: the room's setting or the API did. */
  readonly startedBy: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** What is wrong with the recording at the moment, a word of the server; null: nothing. */
  readonly alarm: string | null;
  /** Only the dot and a word; the rest is read out, and shown when it is pressed. */
  readonly compact?: boolean;
}

/** Says to everybody that this meeting is being recorded, since when and by whom, and what is wrong with it. */
export function RecordingMark({ startedBy, startedAtMs, alarm, compact = false }: Props): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings.mark;
  const time = new Date(startedAtMs).toLocaleTimeString(HTML_LANG[language], { hour: "2-digit", minute: "2-digit" });
  const since = startedBy === "" ? words.sinceAutomatic(time) : words.since(startedBy, time);
  const known = alarm === null ? null : (words.alarms[alarm] ?? { state: words.alarm, cure: words.alarmCure });
  const state = known?.state ?? words.on;
  const told = known?.cure ?? since;
  return (
    <Popover position="bottom-start" width={300} withArrow withinPortal>
      <span className={classes["mark"]} role="status" data-alarm={alarm !== null} data-reason={alarm ?? undefined} data-compact={compact}>
        <Popover.Target>
          <button type="button" title={`${state} · ${told}`}>
            {known ? <IconAlertTriangle size={16} aria-hidden /> : <i aria-hidden />}
            <strong>{compact && !known ? words.short : state}</strong>
            {!known && <span>{since}</span>}
          </button>
        </Popover.Target>
        {known && <span className={classes["heard"]}>{known.cure}</span>}
      </span>
      <Popover.Dropdown className={classes["more"] ?? ""}>
        <strong>{state}</strong>
        {known && <span>{known.cure}</span>}
        <span>{since}</span>
      </Popover.Dropdown>
    </Popover>
  );
}
