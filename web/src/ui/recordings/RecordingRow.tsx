import { IconAlertTriangle, IconCircleCheck, IconLock, IconPlayerPlayFilled, IconUnlink, IconUsers } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RecordingState, RecordingSummary } from "../../model/recording";
import { placeHash, placeOf } from "../../app/recordings-place";
import { useText, useWords } from "../shared/text";
import { dayWords, durationWords, lengthMs, peopleWords, sizeWords } from "./describe";
import type { Open } from "./dialogs";
import classes from "./library.module.css";
import { RecordingMenu } from "./RecordingMenu";
import type { Library } from "./useLibrary";

interface Props {
  readonly recording: RecordingSummary;
  readonly library: Library;
  readonly open: Open;
  readonly nowMs: number;
}

export function RecordingRow({ recording, library, open, nowMs }: Props): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings;
  const { id, roomName, startedAtMs, startedBy, automatic, people, bytes, state, gaps, legalHold } = recording;
  const by = automatic ? words.automatic : startedBy === "" ? "" : words.by(startedBy);
  return (
    <li className={classes["row"]} data-recording={id} data-state={state}>
      <a className={classes["open"]} href={placeHash(placeOf(id))}>
        <span className={classes["play"]} aria-hidden>
          <IconPlayerPlayFilled size={18} />
        </span>
        <span className={classes["room"]}>
          <strong>{roomName || recording.room}</strong>
          <span className={classes["soft"]}>{by}</span>
        </span>
      </a>
      <span className={classes["when"]}>{dayWords(language, startedAtMs)}</span>
      <span className={classes["number"]}>{durationWords(text, lengthMs(recording, nowMs))}</span>
      <span className={classes["people"]} title={people.join("\n")}>
        <IconUsers size={15} aria-hidden />
        {peopleWords(text, people, language)}
      </span>
      <span className={classes["number"]}>{sizeWords(bytes)}</span>
      <span className={classes["pills"]}>
        <StatePill state={state} />
        {gaps > 0 && (
          <span className={classes["pill"]} data-state="gaps" title={words.gapsHint}>
            <IconUnlink size={14} aria-hidden />
            {words.player.gapsFound(gaps)}
          </span>
        )}
        {legalHold && (
          <span className={classes["pill"]} data-state="held" title={words.heldHint}>
            <IconLock size={14} aria-hidden />
            {words.held}
          </span>
        )}
      </span>
      <RecordingMenu recording={recording} library={library} open={open} />
    </li>
  );
}

export function StatePill({ state }: { readonly state: RecordingState }): ReactNode {
  const { states, stateHints } = useText().recordings;
  return (
    <span className={classes["pill"]} data-state={state} title={stateHints[state]}>
      {state === "recording" && <i aria-hidden />}
      {state === "finished" && <IconCircleCheck size={14} aria-hidden />}
      {state === "interrupted" && <IconAlertTriangle size={14} aria-hidden />}
      {states[state]}
    </span>
  );
}
