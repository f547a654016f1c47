import type { Text, TrackSource } from "../protocol/generated";

export type { TrackSource };
export type RecordingState = "recording" | "finished" | "interrupted";
export const RECORDING_STATES = ["recording", "finished", "interrupted"] as const satisfies readonly RecordingState[];

/** A line of the library. Times in milliseconds since 1970. */
export interface RecordingSummary {
  readonly id: string;
  readonly room: string;
  readonly roomName: string;
  readonly startedAtMs: number;
  /** Null: it still goes on. */
  readonly endedAtMs: number | null;
  /** Empty when the room's setting began it. */
  readonly startedBy: string;
  readonly automatic: boolean;
  readonly state: RecordingState;
  readonly bytes: number;
  readonly durationMs: number;
  readonly people: readonly string[];
  readonly tracks: number;
  /** Stretches that are missing although nobody muted or paused. */
  readonly gaps: number;
  readonly legalHold: boolean;
}

export const DISK_STATES = ["ok", "low", "full", "error"] as const;

/** Where recordings lie. */
export interface RecordingDisk {
  readonly state: (typeof DISK_STATES)[number];
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** One file. Its first frame was seen or heard at `fromMs`. */
export interface Segment {
  readonly id: string;
  readonly codec: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  readonly state: string;
}

const WISHED: readonly string[] = ["silent", "muted", "paused"];

/** Nothing went wrong: nothing was sent. */
export const isWished = ({ reason }: Gap): boolean => WISHED.includes(reason);

/** Something that was not recorded, and why. */
export interface Gap {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly reason: string;
  /** The server's own words, for a reason that this page is too old to know. */
  readonly text: Text | null;
}

export interface RecordedTrack {
  readonly id: string;
  readonly participant: string;
  readonly name: string;
  readonly kind: "audio" | "video";
  /** Null: unknown, such as of a file found without its index. */
  readonly source: TrackSource | null;
  readonly segments: readonly Segment[];
  readonly gaps: readonly Gap[];
}

/** Who came or went, or what happened to the recording itself. */
export interface RecordingEvent {
  readonly atMs: number;
  readonly kind: string;
  readonly participant: string;
  readonly name: string;
}

export interface Recording extends RecordingSummary {
  readonly tracks: number;
  readonly all: readonly RecordedTrack[];
  readonly events: readonly RecordingEvent[];
}

/** What of the library is shown. */
export interface RecordingFilter {
  /** A room's id; null: all. */
  readonly room: string | null;
  /** Recordings not older than this many days; null: all. */
  readonly days: number | null;
  readonly search: string;
}

export const NO_RECORDING_FILTER: RecordingFilter = { room: null, days: null, search: "" };
const DAY_MS = 86_400_000;

/** The recordings that fit, newest first. */
export function arrangeRecordings(all: readonly RecordingSummary[], filter: RecordingFilter, nowMs: number): RecordingSummary[] {
  const words = filter.search.trim().toLowerCase();
  const since = filter.days === null ? -Infinity : nowMs - filter.days * DAY_MS;
  const fits = (one: RecordingSummary): boolean =>
    (filter.room === null || one.room === filter.room) &&
    // A long recording counts as long as it was running within the time.
    (one.endedAtMs ?? nowMs) >= since &&
    (words === "" || [one.roomName, one.startedBy, ...one.people].join("\n").toLowerCase().includes(words));
  return all.filter(fits).sort((a, b) => b.startedAtMs - a.startedAtMs || (a.id < b.id ? -1 : 1));
}

/** The rooms that have recordings, by name, each once; a closed room is still among them. */
export function roomsOf(all: readonly RecordingSummary[], language: string): { readonly id: string; readonly name: string }[] {
  const names = new Map<string, string>();
  for (const one of all) if (!names.has(one.room)) names.set(one.room, one.roomName);
  const byName = new Intl.Collator(language, { numeric: true });
  return [...names].map(([id, name]) => ({ id, name })).sort((a, b) => byName.compare(a.name, b.name));
}

/** Known ones changed where they are told anew; `fresh` is the newest part of the list, complete down to its oldest. */
export function mergeRecordings(old: readonly RecordingSummary[], fresh: readonly RecordingSummary[]): RecordingSummary[] {
  const oldest = Math.min(...fresh.map((one) => one.startedAtMs));
  const told = new Set(fresh.map((one) => one.id));
  return [...fresh, ...old.filter((one) => !told.has(one.id) && one.startedAtMs < oldest)];
}
