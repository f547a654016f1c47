import type { Down } from "./down";
import type { Up } from "./up";

/** One received or sent stream during the last interval. Rates are per second; unknown values are null. */
export interface StreamStats {
  /** Track id of the room for received streams, source name for sent ones. */
  readonly key: string;
  readonly direction: "in" | "out";
  readonly kind: "audio" | "video";
  /** Simulcast layer of a sent stream. */
  readonly rid: string | null;
  readonly codec: string | null;
  readonly bitrateBps: number | null;
  readonly fps: number | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Share of lost packets, 0..1. */
  readonly loss: number | null;
  readonly framesDecoded: number | null;
  readonly freezes: number | null;
  /** Share of concealed audio samples since the start, 0..1. */
  readonly concealment: number | null;
  readonly audioLevel: number | null;
}

export interface StatsView {
  readonly streams: readonly StreamStats[];
  readonly upRoundTripMs: number | null;
  readonly downRoundTripMs: number | null;
  readonly socketRoundTripMs: number | null;
  /** "udp" or "tcp" of the path in use. */
  readonly transport: string | null;
}

export const NO_STATS: StatsView = {
  streams: [],
  upRoundTripMs: null,
  downRoundTripMs: null,
  socketRoundTripMs: null,
  transport: null,
};

/** A report is a bag of entries whose fields differ by browser: read with care, absent is null. */
type Row = Readonly<Record<string, unknown>>;
interface Counters {
  readonly atMs: number;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  readonly frames: number;
}

const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const share = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || whole <= 0 ? null : Math.min(1, Math.max(0, part / whole));

function rows(report: RTCStatsReport | null): Map<string, Row> {
  const all = new Map<string, Row>();
  report?.forEach((row: Row, id: string) => all.set(id, row));
  return all;
}

/** The round trip and protocol of the candidate pair that is in use. */
export function pathOf(all: ReadonlyMap<string, Row>): { roundTripMs: number | null; transport: string | null } {
  for (const row of all.values()) {
    if (row["type"] !== "candidate-pair" || row["state"] !== "succeeded") continue;
    if (row["nominated"] !== true && row["selected"] !== true) continue;
    const seconds = number(row["currentRoundTripTime"]);
    const local = all.get(text(row["localCandidateId"]) ?? "");
    return { roundTripMs: seconds === null ? null : seconds * 1000, transport: text(local?.["protocol"]) };
  }
  return { roundTripMs: null, transport: null };
}

/** Turns browser reports into rates; keeps the counters of the last call. */
export class StatsReader {
  private last = new Map<string, Counters>();

  async read(up: Up | null, down: Down | null, socketRoundTripMs: number | null): Promise<StatsView> {
    const [sent, received] = await Promise.all([reportOf(up?.connection), reportOf(down?.connection)]);
    const next = new Map<string, Counters>();
    const streams: StreamStats[] = [];
    for (const row of received.values()) {
      if (row["type"] !== "inbound-rtp") continue;
      const key = down?.trackOf(text(row["mid"])) ?? null;
      if (key !== null) streams.push(this.stream(row, received, key, "in", next));
    }
    for (const row of sent.values()) {
      if (row["type"] !== "outbound-rtp") continue;
      const key = up?.sourceOf(text(row["mid"])) ?? null;
      if (key !== null) streams.push(this.stream(row, sent, key, "out", next));
    }
    this.last = next;
    const upPath = pathOf(sent);
    const downPath = pathOf(received);
    return {
      streams,
      upRoundTripMs: upPath.roundTripMs,
      downRoundTripMs: downPath.roundTripMs,
      socketRoundTripMs,
      transport: downPath.transport ?? upPath.transport,
    };
  }

  private stream(
    row: Row,
    all: ReadonlyMap<string, Row>,
    key: string,
    direction: "in" | "out",
    next: Map<string, Counters>,
  ): StreamStats {
    const incoming = direction === "in";
    const now: Counters = {
      atMs: number(row["timestamp"]) ?? 0,
      bytes: number(row[incoming ? "bytesReceived" : "bytesSent"]) ?? 0,
      packets: number(row[incoming ? "packetsReceived" : "packetsSent"]) ?? 0,
      lost: incoming ? (number(row["packetsLost"]) ?? 0) : 0,
      frames: number(row[incoming ? "framesDecoded" : "framesEncoded"]) ?? 0,
    };
    const id = `${direction}:${text(row["id"]) ?? key}`;
    const before = this.last.get(id);
    next.set(id, now);
    const seconds = before ? (now.atMs - before.atMs) / 1000 : 0;
    const rate = (part: number): number | null => (seconds > 0 ? Math.max(0, part / seconds) : null);
    const lost = before ? now.lost - before.lost : 0;
    const arrived = before ? now.packets - before.packets : 0;
    const kind = row["kind"] === "audio" ? "audio" : "video";
    return {
      key,
      direction,
      kind,
      rid: text(row["rid"]),
      codec: text(all.get(text(row["codecId"]) ?? "")?.["mimeType"])?.replace(/^\w+\//, "") ?? null,
      bitrateBps: before ? rate((now.bytes - before.bytes) * 8) : null,
      fps: kind === "video" ? (number(row["framesPerSecond"]) ?? (before ? rate(now.frames - before.frames) : null)) : null,
      width: number(row["frameWidth"]),
      height: number(row["frameHeight"]),
      loss: incoming ? share(lost, lost + arrived) : share(number(remote(row, all)?.["fractionLost"]), 1),
      framesDecoded: incoming && kind === "video" ? now.frames : null,
      freezes: number(row["freezeCount"]),
      concealment: share(number(row["concealedSamples"]), number(row["totalSamplesReceived"])),
      audioLevel: number(row["audioLevel"]),
    };
  }
}

function remote(row: Row, all: ReadonlyMap<string, Row>): Row | undefined {
  return all.get(text(row["remoteId"]) ?? "");
}

async function reportOf(connection: RTCPeerConnection | undefined): Promise<Map<string, Row>> {
  if (!connection || connection.connectionState === "closed") return new Map();
  return rows(await connection.getStats().catch(() => null));
}
