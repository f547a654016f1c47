import type { Audience, FeedCause, FeedKind, FeedState, Text, Transcoding } from "../protocol/generated";

export const FEED_KINDS = ["rtsp", "rtmp", "srt", "whip"] as const satisfies readonly FeedKind[];
export type RtspTransport = "auto" | "tcp" | "udp";

export interface SourceStatus {
  readonly state: FeedState;
  readonly cause: FeedCause | null;
  /** Milliseconds since 1970; null: unknown. */
  readonly sinceMs: number | null;
  /** The server's own words, for a cause that this page is too old to know. */
  readonly text: Text | null;
  readonly transcoding: readonly Transcoding[];
}

export interface SourceMeasured {
  readonly bitrateBps: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  readonly videoCodec: string;
  readonly audioCodec: string;
  readonly pictureAgeMs: number | null;
  readonly contentAgeMs: number | null;
}

/** What a pushing device has to be told. */
export interface Push {
  readonly url: string;
  readonly key: string;
  /** What goes into the field "stream key" or "stream id". */
  readonly stream: string;
  /** One line to paste. */
  readonly full: string;
  readonly fullTls: string | null;
  readonly expiresAtMs: number | null;
  readonly revoked: boolean;
}

export interface Source {
  readonly id: string;
  readonly name: string;
  readonly kind: FeedKind;
  readonly rooms: readonly string[];
  readonly enabled: boolean;
  readonly address: string;
  readonly username: string;
  readonly hasPassword: boolean;
  readonly transport: RtspTransport;
  readonly onDemand: boolean;
  /** Who in the room may see it. */
  readonly audience: Audience;
  readonly status: SourceStatus;
  readonly measured: SourceMeasured | null;
  readonly viewers: number;
  readonly push: Push | null;
}

/** How the list is counted and filtered. */
export type SourceGroup = "online" | "trouble" | "offline" | "idle" | "disabled";
export const GROUPS = ["online", "trouble", "offline", "idle", "disabled"] as const satisfies readonly SourceGroup[];

const GROUP_OF: Readonly<Record<FeedState, SourceGroup>> = {
  live: "online",
  "low-rate": "trouble",
  frozen: "trouble",
  "wrong-password": "trouble",
  unreachable: "trouble",
  unsupported: "trouble",
  quarantined: "trouble",
  offline: "offline",
  connecting: "idle",
  standby: "idle",
  waiting: "idle",
  disabled: "disabled",
};

/** Problems first: what somebody has to do something about stands on top. */
const RANK: Readonly<Record<FeedState, number>> = {
  quarantined: 0,
  "wrong-password": 1,
  unsupported: 2,
  unreachable: 3,
  frozen: 4,
  "low-rate": 5,
  offline: 6,
  connecting: 7,
  live: 8,
  standby: 9,
  waiting: 10,
  disabled: 11,
};

export function groupOf(state: FeedState): SourceGroup {
  return GROUP_OF[state];
}

export interface SourceFilter {
  readonly group: SourceGroup | null;
  readonly kind: FeedKind | null;
  /** A room's id; "" means in no room. */
  readonly room: string | null;
  readonly search: string;
}

export const NO_FILTER: SourceFilter = { group: null, kind: null, room: null, search: "" };

/** The sources that fit, problems first, then by name. */
export function arrangeSources(all: readonly Source[], filter: SourceFilter, language: string): Source[] {
  const words = filter.search.trim().toLowerCase();
  const fits = (one: Source): boolean =>
    (filter.group === null || groupOf(one.status.state) === filter.group) &&
    (filter.kind === null || one.kind === filter.kind) &&
    (filter.room === null || (filter.room === "" ? one.rooms.length === 0 : one.rooms.includes(filter.room))) &&
    (words === "" || `${one.name}\n${one.address}`.toLowerCase().includes(words));
  const byName = new Intl.Collator(language, { numeric: true });
  return all
    .filter(fits)
    .sort((a, b) => RANK[a.status.state] - RANK[b.status.state] || byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1));
}

export function countGroups(all: readonly Source[]): Readonly<Record<SourceGroup, number>> {
  const counts = { online: 0, trouble: 0, offline: 0, idle: 0, disabled: 0 };
  for (const one of all) counts[groupOf(one.status.state)] += 1;
  return counts;
}

/** One step of a source's past. `untilMs`: when the next one began; null: it still lasts. */
export interface SourceEvent {
  readonly atMs: number;
  readonly untilMs: number | null;
  readonly state: FeedState;
  readonly cause: FeedCause | null;
  readonly text: Text | null;
  readonly detail: string;
}

const FLICKER_MS = 1_000;

/** `events`, newest first, without those that at once became the same state with a better reason: no media, since gone. */
export function steadyEvents(events: readonly SourceEvent[]): SourceEvent[] {
  return events.filter(({ state, atMs, untilMs }, index) => {
    const brief = untilMs !== null && untilMs - atMs < FLICKER_MS;
    return !brief || events[index - 1]?.state !== state;
  });
}

export interface TestResult {
  readonly ok: boolean;
  readonly state: FeedState;
  readonly cause: FeedCause | null;
  readonly text: Text | null;
  readonly videoCodec: string;
  readonly audioCodec: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly transcoding: readonly Transcoding[];
  /** A data URL, or null. */
  readonly thumbnail: string | null;
  readonly tookMs: number;
}
