import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./panes.module.css";
import type { PaneWords } from "./words";

interface Props {
  readonly text: string;
  readonly words: PaneWords;
}

/** The red frame of a pane that an alarm has taken, and what it is about. */
export function AlarmFrame({ text, words }: Props): ReactNode {
  return (
    <div className={classes["alarm"]} role="alert">
      <span className={classes["alarmWord"]}>
        <IconAlertTriangle aria-hidden />
        <strong>{words.panes.alarm}</strong>
        {text !== "" && <span>{text}</span>}
      </span>
    </div>
  );
}
