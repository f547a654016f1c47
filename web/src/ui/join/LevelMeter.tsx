import { IconMicrophone, IconMicrophoneOff } from "@tabler/icons-react";
import { useEffect, useRef, type ReactNode } from "react";
import { realClock } from "../../rtc/clock";
import { meter } from "../../rtc/meter";
import { useText } from "../shared/text";
import classes from "./join.module.css";

interface Props {
  readonly track: MediaStreamTrack | null;
  readonly muted: boolean;
}

/** How loud the microphone is. Drawn past React: it moves sixteen times a second. */
export function LevelMeter({ track, muted }: Props): ReactNode {
  const text = useText();
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = bar.current;
    if (!element || !track || muted) return undefined;
    const stop = meter(track, () => new AudioContext(), realClock, (level) => {
      element.style.transform = `scaleX(${level.toFixed(3)})`;
    });
    return () => {
      stop();
      element.style.transform = "scaleX(0)";
    };
  }, [track, muted]);
  return (
    <div className={classes["level"]} role="group" aria-label={text.join.level}>
      {muted ? <IconMicrophoneOff size={20} aria-hidden /> : <IconMicrophone size={20} aria-hidden />}
      <div className={classes["track"]}>
        <div ref={bar} className={classes["bar"]} />
      </div>
      <span>{muted ? text.join.silentHint : text.join.levelHint}</span>
    </div>
  );
}
