import { Button, Loader } from "@mantine/core";
import { IconScreenShare, IconVolumeOff, IconWifiOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Meeting, MeetingState } from "../../app/meeting";
import { useText } from "../shared/text";
import classes from "./meeting.module.css";

interface Props {
  readonly meeting: Meeting;
  readonly state: MeetingState;
  readonly onStopSharing: () => void;
}

/** Things that concern the whole page, at most one line each. */
export function Banners({ meeting, state, onStopSharing }: Props): ReactNode {
  const text = useText();
  const { phase, connections } = state;
  const broken = [connections.up, connections.down].some((one) => one === "failed" || one === "disconnected");
  const away = phase === "reconnecting" || (phase === "joined" && broken);
  const starting = phase === "joined" && !away && [connections.up, connections.down].includes("connecting");
  return (
    <div className={classes["banners"]} aria-live="polite">
      {away && (
        <div className={classes["banner"]} data-tone="warning" data-banner="reconnecting">
          <IconWifiOff size={20} aria-hidden />
          <strong>{text.meeting.reconnecting}</strong>
          <span className={classes["hint"]}>{text.meeting.reconnectingHint}</span>
          <Loader size={16} color="dark.9" />
        </div>
      )}
      {(phase === "connecting" || starting) && (
        <div className={classes["banner"]} data-tone="calm">
          <Loader size={16} color="cyan.4" />
          <span>{phase === "connecting" ? text.meeting.connecting : text.meeting.mediaConnecting}</span>
        </div>
      )}
      {state.sharing && (
        <div className={classes["banner"]} data-tone="sharing">
          <IconScreenShare size={20} aria-hidden />
          <strong>{text.meeting.sharing}</strong>
          <Button size="compact-md" color="red" onClick={onStopSharing}>
            {text.meeting.stopShare}
          </Button>
        </div>
      )}
      {state.soundBlocked && (
        <div className={classes["banner"]} data-tone="warning">
          <IconVolumeOff size={20} aria-hidden />
          <strong>{text.meeting.soundBlocked}</strong>
          <Button
            size="compact-md"
            onClick={() => {
              meeting.unblockSound();
            }}
          >
            {text.meeting.soundUnblock}
          </Button>
        </div>
      )}
    </div>
  );
}
