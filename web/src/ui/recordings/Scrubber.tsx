import { useRef, useState, type PointerEvent, type ReactNode } from "react";
import { useText } from "../shared/text";
import { clockWords } from "./describe";
import classes from "./lanes.module.css";
import { eventWords } from "./reasons";
import type { Opened } from "./usePlayer";
import { usePositionMs } from "./useScene";

/** The share of the time line, 0 to 1, that lies under a pointer. */
function shareAt(box: HTMLElement, clientX: number): number {
  const { left, width } = box.getBoundingClientRect();
  return Math.max(0, Math.min(1, (clientX - left) / Math.max(1, width)));
}

const MARKS = 200;

/** The whole recording as one bar: where it plays, who came and went; press or drag to go somewhere. */
export function Scrubber({ opened }: { readonly opened: Opened }): ReactNode {
  const { player, timeline, recording } = opened;
  const text = useText();
  const words = text.recordings.player;
  const bar = useRef<HTMLDivElement>(null);
  const [dragMs, setDragMs] = useState<number | null>(null);
  const playedMs = usePositionMs(player, 100);
  const lengthMs = Math.max(1, timeline.untilMs - timeline.fromMs);
  const atMs = dragMs ?? Math.max(timeline.fromMs, playedMs);
  const percent = (ms: number): string => `${((100 * (ms - timeline.fromMs)) / lengthMs).toFixed(3)}%`;
  const msOf = (event: PointerEvent): number => timeline.fromMs + (bar.current ? shareAt(bar.current, event.clientX) : 0) * lengthMs;
  const [at, length] = [clockWords(atMs - timeline.fromMs), clockWords(lengthMs)];
  return (
    <div
      ref={bar}
      className={classes["scrubber"]}
      role="slider"
      tabIndex={0}
      aria-label={words.position}
      aria-valuemin={0}
      aria-valuemax={Math.round(lengthMs / 1000)}
      aria-valuenow={Math.round((atMs - timeline.fromMs) / 1000)}
      aria-valuetext={words.ofLength(at, length)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragMs(msOf(event));
      }}
      onPointerMove={(event) => {
        if (dragMs !== null) setDragMs(msOf(event));
      }}
      onPointerUp={(event) => {
        if (dragMs === null) return;
        player.seek(msOf(event));
        setDragMs(null);
      }}
      onPointerCancel={() => {
        setDragMs(null);
      }}
    >
      <span className={classes["rail"]}>
        <span className={classes["done"]} style={{ width: percent(atMs) }} />
      </span>
      {recording.events.slice(0, MARKS).map((event) => (
        <i
          key={`${String(event.atMs)}/${event.kind}/${event.participant}`}
          className={classes["mark"]}
          data-kind={event.kind}
          style={{ left: percent(Math.max(timeline.fromMs, Math.min(timeline.untilMs, event.atMs))) }}
          title={`${clockWords(event.atMs - timeline.fromMs)} ${eventWords(text, event)}`}
        />
      ))}
      <span className={classes["knob"]} style={{ left: percent(atMs) }} />
      {dragMs !== null && (
        <span className={classes["bubble"]} style={{ left: percent(dragMs) }}>
          {at}
        </span>
      )}
    </div>
  );
}
