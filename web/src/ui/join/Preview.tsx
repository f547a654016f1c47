import { Alert, Button, Loader } from "@mantine/core";
import {
  IconAlertTriangle,
  IconMicrophone,
  IconMicrophoneOff,
  IconVideo,
  IconVideoOff,
} from "@tabler/icons-react";
import { useEffect, useRef, type ReactNode } from "react";
import type { LocalMedia, LocalState } from "../../app/local";
import { useStore } from "../shared/hooks";
import { useText } from "../shared/text";
import classes from "./join.module.css";
import { LevelMeter } from "./LevelMeter";

interface Props {
  readonly local: LocalMedia;
}

/** The own picture as the others will see it (mirrored, as people know themselves), with the two switches. */
export function Preview({ local }: Props): ReactNode {
  const text = useText();
  const state = useStore(local.state);
  const camera = state.cameraOn ? text.meeting.cameraOff : text.meeting.cameraOn;
  const microphone = state.microphoneOn ? text.meeting.mute : text.meeting.unmute;
  return (
    <section className={classes["previewColumn"]}>
      <div className={classes["preview"]}>
        <Picture state={state} />
        <div className={classes["switches"]}>
          <button
            type="button"
            className={classes["switch"]}
            data-off={!state.microphoneOn}
            aria-pressed={!state.microphoneOn}
            aria-label={microphone}
            title={microphone}
            onClick={() => void local.setMicrophone(!state.microphoneOn)}
          >
            {state.microphoneOn ? <IconMicrophone size={24} /> : <IconMicrophoneOff size={24} />}
          </button>
          <button
            type="button"
            className={classes["switch"]}
            data-off={!state.cameraOn}
            aria-pressed={!state.cameraOn}
            aria-label={camera}
            title={camera}
            onClick={() => void local.setCamera(!state.cameraOn)}
          >
            {state.cameraOn ? <IconVideo size={24} /> : <IconVideoOff size={24} />}
          </button>
        </div>
      </div>
      <LevelMeter track={state.microphone} muted={!state.microphoneOn} />
      <Problems state={state} onRetry={() => void retry(local, state)} />
    </section>
  );
}

async function retry(local: LocalMedia, state: LocalState): Promise<void> {
  if (state.microphoneProblem) await local.setMicrophone(true);
  if (state.cameraProblem) await local.setCamera(true);
}

function Picture({ state }: { readonly state: LocalState }): ReactNode {
  const text = useText();
  const video = useRef<HTMLVideoElement>(null);
  const { camera } = state;
  useEffect(() => {
    if (video.current) video.current.srcObject = camera ? new MediaStream([camera]) : null;
  }, [camera]);
  return (
    <>
      <video ref={video} className={classes["mirror"]} autoPlay playsInline muted hidden={!camera} />
      {!camera && (
        <div className={classes["noPicture"]}>
          {state.opening && state.cameraOn ? <Loader color="cyan.4" /> : <IconVideoOff size={48} stroke={1.4} aria-hidden />}
          <span>{state.opening && state.cameraOn ? text.join.starting : text.join.cameraOff}</span>
        </div>
      )}
    </>
  );
}

interface ProblemProps {
  readonly state: LocalState;
  readonly onRetry: () => void;
}

function Problems({ state, onRetry }: ProblemProps): ReactNode {
  const text = useText();
  const problem = state.cameraProblem ?? state.microphoneProblem;
  if (!problem) return null;
  const both = state.cameraProblem === state.microphoneProblem;
  const what = both
    ? `${text.join.camera} / ${text.join.microphone}`
    : state.cameraProblem
      ? text.join.camera
      : text.join.microphone;
  return (
    <Alert className={classes["problem"] ?? ""} color="yellow" variant="transparent" radius="lg" icon={<IconAlertTriangle aria-hidden />} title={`${what}: ${text.devices[problem]}`} role="alert">
      {text.devices[`${problem}Cure`]}
      {problem !== "insecure" && problem !== "unsupported" && (
        <Button variant="default" size="sm" mt="sm" display="block" onClick={onRetry}>
          {text.common.retry}
        </Button>
      )}
    </Alert>
  );
}
