import { IconPlugConnectedX, IconVolumeOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { KioskState } from "../../app/wall-kiosk";
import { spanWords, type KioskWords } from "./kioskWords";
import classes from "./kiosk.module.css";

/** A loss shorter than this is over before it is read. */
const TELL_AFTER_MS = 2_500;

interface Props {
  readonly state: KioskState;
  readonly nowMs: number;
  readonly words: KioskWords;
}

/** What is the matter with this display itself, small and at the edge. */
export function KioskNotes({ state, nowMs, words }: Props): ReactNode {
  const { awaySinceMs, trouble, soundBlocked, wall } = state;
  const awayMs = awaySinceMs === null ? 0 : nowMs - awaySinceMs;
  return (
    <div className={classes["notes"]}>
      {awayMs >= TELL_AFTER_MS && (
        <span role="status" data-away>
          <IconPlugConnectedX aria-hidden />
          {trouble !== null ? words[trouble] : words.reconnecting(spanWords(words, awayMs))}
        </span>
      )}
      {soundBlocked && wall && (!wall.muted || wall.alarms.length > 0) && (
        <span role="status">
          <IconVolumeOff aria-hidden />
          {words.soundBlocked}
        </span>
      )}
    </div>
  );
}
