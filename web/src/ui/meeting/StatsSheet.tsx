import { Text } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";
import type { Meeting } from "../../app/meeting";
import type { RoomView } from "../../model/room";
import type { TrackSource } from "../../protocol/generated";
import { NO_STATS, StatsReader, type StreamStats } from "../../rtc/stats";
import { useText } from "../shared/text";
import { bitrate, milliseconds, percent, size } from "./format";
import classes from "./side.module.css";
import { SourceStats } from "./SourceStats";

interface Props {
  readonly meeting: Meeting;
  readonly view: RoomView;
}

const EVERY_MS = 2000;

/** What the browser measures of every stream, refreshed every two seconds while the sheet is open. */
export function StatsSheet({ meeting, view }: Props): ReactNode {
  const text = useText();
  const stats = useStats(meeting);
  const received = stats.streams.filter((stream) => stream.direction === "in");
  const sent = stats.streams.filter((stream) => stream.direction === "out").sort(byPicture);
  return (
    <>
      <dl className={classes["facts"]}>
        <dt>{text.stats.rtt}</dt>
        <dd>{milliseconds(stats.downRoundTripMs ?? stats.upRoundTripMs)}</dd>
        <dt>{text.stats.signalling}</dt>
        <dd>{milliseconds(stats.socketRoundTripMs)}</dd>
        <dt>{text.stats.transport}</dt>
        <dd>{stats.transport?.toUpperCase() ?? text.common.dash}</dd>
      </dl>
      {stats.streams.length === 0 && <Text c="dimmed">{text.stats.none}</Text>}
      <SourceStats view={view} />
      <Streams title={text.stats.up} streams={sent} nameOf={(stream) => sourceName(stream, text.stats.sources)} />
      <Streams title={text.stats.down} streams={received} nameOf={(stream) => ownerName(stream, view, text.stats.sources)} />
    </>
  );
}

/** Layers of one picture from small to large, after the sound. */
function byPicture(a: StreamStats, b: StreamStats): number {
  return a.key.localeCompare(b.key) || (a.width ?? 0) - (b.width ?? 0);
}

function useStats(meeting: Meeting): typeof NO_STATS {
  const [stats, setStats] = useState(NO_STATS);
  useEffect(() => {
    const reader = new StatsReader();
    let current = true;
    const read = async (): Promise<void> => {
      const next = await meeting.statsWith(reader);
      if (current) setStats(next);
    };
    void read();
    const timer = setInterval(() => void read(), EVERY_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [meeting]);
  return stats;
}

type Sources = Readonly<Record<TrackSource, string>>;

function sourceName(stream: StreamStats, sources: Sources): string {
  const name = sources[stream.key as TrackSource];
  return stream.rid === null ? name : `${name} · ${stream.rid}`;
}

function ownerName(stream: StreamStats, view: RoomView, sources: Sources): string {
  for (const who of view.people.values()) {
    const track = who.tracks.find((one) => one.id === stream.key);
    if (track) return `${who.name} · ${sources[track.source]}`;
  }
  return stream.key;
}

interface StreamsProps {
  readonly title: string;
  readonly streams: readonly StreamStats[];
  readonly nameOf: (stream: StreamStats) => string;
}

function Streams({ title, streams, nameOf }: StreamsProps): ReactNode {
  const text = useText();
  if (streams.length === 0) return null;
  return (
    <section className={classes["streams"]}>
      <h3>{title}</h3>
      <ul>
        {streams.map((stream) => (
          <li key={`${stream.key}/${stream.rid ?? ""}`}>
            <strong>{nameOf(stream)}</strong>
            <span>{bitrate(stream.bitrateBps)}</span>
            {stream.kind === "video" && <span>{size(stream.width, stream.height)}</span>}
            {stream.kind === "video" && <span>{stream.fps === null ? text.common.dash : `${stream.fps.toFixed(0)} fps`}</span>}
            <span title={text.stats.loss}>
              {text.stats.loss} {percent(stream.loss)}
            </span>
            <span title={text.stats.codec}>{stream.codec ?? text.common.dash}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
