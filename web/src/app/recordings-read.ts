import {
  DISK_STATES,
  isWished,
  RECORDING_STATES,
  type Gap,
  type RecordedTrack,
  type Recording,
  type RecordingDisk,
  type RecordingEvent,
  type RecordingSummary,
  type Segment,
  type TrackSource,
} from "../model/recording";
import { record, text, timeMs } from "./rest";

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const SOURCES = ["camera", "microphone", "screen", "screen-audio"] as const satisfies readonly TrackSource[];

export function readSummary(value: unknown): RecordingSummary {
  const all = record(value);
  return {
    id: text(all["id"]),
    room: text(all["room"]),
    roomName: text(all["roomName"]),
    startedAtMs: timeMs(all["startedAt"]) ?? 0,
    endedAtMs: timeMs(all["endedAt"]),
    startedBy: text(all["startedBy"]),
    automatic: all["automatic"] === true,
    // A state that this page is too old to know: something is there, but nobody says that it is complete.
    state: RECORDING_STATES.find((one) => one === all["state"]) ?? "interrupted",
    bytes: number(all["bytes"]),
    durationMs: number(all["durationMs"]),
    people: list(all["people"]).filter((name) => typeof name === "string"),
    tracks: Array.isArray(all["tracks"]) ? all["tracks"].length : number(all["tracks"]),
    gaps: number(all["gaps"]),
    legalHold: all["legalHold"] === true,
  };
}

export interface RecordingsPart {
  readonly recordings: readonly RecordingSummary[];
  /** Where the next, older part begins; null: this was the last. */
  readonly next: string | null;
  /** Null: this server records nothing. */
  readonly disk: RecordingDisk | null;
}

function readDisk(value: unknown): RecordingDisk | null {
  const { state, freeBytes, totalBytes } = record(value);
  const known = DISK_STATES.find((one) => one === state);
  return known ? { state: known, freeBytes: number(freeBytes), totalBytes: number(totalBytes) } : null;
}

export function readRecordings(value: unknown): RecordingsPart {
  const all = record(value);
  return { recordings: list(all["recordings"]).map(readSummary), next: text(all["next"]) || null, disk: readDisk(all["disk"]) };
}

function readSegment(value: unknown): Segment {
  const all = record(value);
  const fromMs = number(all["fromMs"]);
  return {
    id: text(all["id"]),
    codec: text(all["codec"]),
    fromMs,
    untilMs: Math.max(fromMs, number(all["untilMs"])),
    bytes: number(all["bytes"]),
    width: number(all["width"]),
    height: number(all["height"]),
    state: text(all["state"]),
  };
}

function readGap(value: unknown): Gap {
  const { fromMs, untilMs, reason, text: words } = record(value);
  const { zh, en } = record(words);
  const sentence = typeof zh === "string" && typeof en === "string" ? { zh, en } : null;
  return { fromMs: number(fromMs), untilMs: Math.max(number(fromMs), number(untilMs)), reason: text(reason), text: sentence };
}

const byTime = (a: { readonly fromMs: number }, b: { readonly fromMs: number }): number => a.fromMs - b.fromMs;

/** Null: of a kind that cannot be played beside the others, such as a composed film. */
function readTrack(value: unknown): RecordedTrack | null {
  const all = record(value);
  const kind = all["kind"];
  if (kind !== "audio" && kind !== "video") return null;
  return {
    id: text(all["id"]),
    participant: text(all["participant"]),
    name: text(all["name"]),
    kind,
    source: SOURCES.find((one) => one === all["source"]) ?? null,
    segments: list(all["segments"]).map(readSegment).sort(byTime),
    gaps: list(all["gaps"]).map(readGap).sort(byTime),
  };
}

function readEvent(value: unknown): RecordingEvent {
  const { atMs, kind, participant, name } = record(value);
  return { atMs: number(atMs), kind: text(kind), participant: text(participant), name: text(name) };
}

export function readRecording(value: unknown): Recording {
  const { tracks, events } = record(value);
  const all = list(tracks).map(readTrack).filter((track) => track !== null);
  return {
    ...readSummary(value),
    // The list's answer counts them; here they are told one by one.
    gaps: all.flatMap(({ gaps }) => gaps).filter((gap) => !isWished(gap)).length,
    all,
    events: list(events)
      .map(readEvent)
      .sort((a, b) => a.atMs - b.atMs),
  };
}
