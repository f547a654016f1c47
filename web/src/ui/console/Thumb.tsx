import { useEffect, useRef, type ReactNode } from "react";
import { streamOf } from "../../rtc/stream";
import classes from "./desk.module.css";

/** A small live picture with an element of its own: the same track stands in panes and lists at once. */
export function Thumb({ track }: { readonly track: MediaStreamTrack }): ReactNode {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = ref.current;
    if (!video) return undefined;
    video.srcObject = streamOf(track);
    video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  return <video ref={ref} className={classes["thumb"]} muted playsInline autoPlay />;
}
