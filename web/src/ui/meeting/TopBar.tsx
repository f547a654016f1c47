import { IconClock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { MeetingState } from "../../app/meeting";
import { useMedia, useNowMs } from "../shared/hooks";
import { RecordingMark } from "../shared/RecordingMark";
import { useText } from "../shared/text";
import classes from "./meeting.module.css";

interface Props {
  readonly state: MeetingState;
  readonly children?: ReactNode;
}

/** Room name and how long the meeting has been running, by the server's clock. */
export function TopBar({ state, children }: Props): ReactNode {
  const text = useText();
  const now = useNowMs();
  const phone = useMedia("(max-width: 640px)");
  const { room, clockOffsetMs } = state.view;
  if (!room) return <header className={classes["top"]} />;
  const seconds = Math.max(0, Math.floor((now + clockOffsetMs - room.startedAtMs) / 1000));
  return (
    <header className={classes["top"]}>
      <h1>{room.name}</h1>
      <span className={classes["clock"]} title={text.meeting.duration}>
        <IconClock size={16} aria-hidden />
        {clock(seconds)}
      </span>
      {room.recording && (
        <RecordingMark
          startedBy={room.recording.startedBy}
          startedAtMs={room.recording.startedAtMs}
          alarm={room.recording.alarm}
          compact={phone}
        />
      )}
      {children}
    </header>
  );
}

function clock(seconds: number): string {
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return hours > 0 ? `${String(hours)}:${rest}` : rest;
}
