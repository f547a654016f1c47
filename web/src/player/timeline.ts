import type { Gap, RecordedTrack, Recording, Segment } from "../model/recording";

/** Below this nothing is cut: the time between the last frame of one file and the first of the next. */
export const SEAM_MS = 200;

/**
 * Browsers play a sound file straight through the holes in its time stamps: what follows comes too early by the length
 * of the hole. After so much of it the file is taken up anew at its true place.
 */
const SLIP_MS = 60;

/** A stretch of one file that plays through without a jump. Times in milliseconds since 1970. */
export interface Part {
  readonly key: string;
  readonly segment: Segment;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A stretch in which a track has nothing. */
export interface Hole {
  readonly fromMs: number;
  readonly untilMs: number;
  /** What was told about it; null: nobody said why. */
  readonly gap: Gap | null;
}

/** One track as it is played: parts in order, none over another. */
export interface Lane {
  readonly id: string;
  readonly track: RecordedTrack;
  readonly parts: readonly Part[];
  readonly holes: readonly Hole[];
}

export interface Timeline {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly lanes: readonly Lane[];
}

const SOURCES = ["screen", "screen-audio", "camera", "microphone"] as const;

/** The lanes person by person, in the order in which they came; of each what is seen before what is heard. */
export function byPerson({ lanes }: Timeline): Lane[] {
  const keyOf = ({ track }: Lane): string => track.participant || track.name || track.id;
  const people = [...new Set(lanes.map(keyOf))];
  const rank = ({ track }: Lane): number => (track.source === null ? SOURCES.length : SOURCES.indexOf(track.source));
  return [...lanes].sort((a, b) => people.indexOf(keyOf(a)) - people.indexOf(keyOf(b)) || rank(a) - rank(b));
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

const playable = (segment: Segment): boolean => segment.state !== "missing" && segment.state !== "deleted";

/** `span` without what the sorted `holes` cover. */
function without(span: Span, holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  let fromMs = span.fromMs;
  for (const hole of holes) {
    if (hole.untilMs <= fromMs || hole.fromMs >= span.untilMs) continue;
    if (hole.fromMs > fromMs) left.push({ fromMs, untilMs: hole.fromMs });
    fromMs = Math.max(fromMs, hole.untilMs);
  }
  if (fromMs < span.untilMs) left.push({ fromMs, untilMs: span.untilMs });
  return left;
}

/** The gaps at which a file is cut: all long ones, and of sound the short ones as they add up. */
function cutsOf({ kind, gaps }: RecordedTrack): Gap[] {
  let slipMs = 0;
  return [...gaps]
    .sort((a, b) => a.fromMs - b.fromMs)
    .filter((gap) => {
      const lengthMs = gap.untilMs - gap.fromMs;
      slipMs += lengthMs;
      const cut = lengthMs >= SEAM_MS || (kind === "audio" && slipMs >= SLIP_MS);
      if (cut) slipMs = 0;
      return cut;
    });
}

/** The files of a track cut where something is missing. Where two files overlap the later one is right. */
export function partsOf(track: RecordedTrack): Part[] {
  const files = track.segments.filter(playable).sort((a, b) => a.fromMs - b.fromMs || a.untilMs - b.untilMs);
  const gaps = cutsOf(track);
  const parts = files.flatMap((segment, index) => {
    const nextMs = files[index + 1]?.fromMs ?? Infinity;
    const span = { fromMs: segment.fromMs, untilMs: Math.min(segment.untilMs, nextMs) };
    return without(span, gaps).map((one) => ({ ...one, segment, key: `${segment.id}/${String(one.fromMs)}` }));
  });
  return parts.map((part, index) => {
    const nextMs = parts[index + 1]?.fromMs ?? Infinity;
    return nextMs - part.untilMs < SEAM_MS ? { ...part, untilMs: nextMs } : part;
  });
}

const overlapMs = (a: Span, b: Span): number => Math.min(a.untilMs, b.untilMs) - Math.max(a.fromMs, b.fromMs);

function vanished({ fromMs, untilMs }: Segment): Gap {
  return { fromMs, untilMs, reason: "vanished", text: null };
}

/** Everything a track lacks between its beginning and its end, each stretch with the reason that covers most of it. */
export function holesOf(track: RecordedTrack, parts: readonly Part[]): Hole[] {
  const told = [...track.gaps, ...track.segments.filter((one) => !playable(one)).map(vanished)];
  const all: readonly Span[] = [...track.segments, ...told];
  if (all.length === 0) return [];
  const extent = { fromMs: Math.min(...all.map((one) => one.fromMs)), untilMs: Math.max(...all.map((one) => one.untilMs)) };
  const long = without(extent, parts)
    .filter((one) => one.untilMs - one.fromMs >= SEAM_MS)
    .flatMap((hole) => explained(hole, told));
  const short = track.gaps.filter((gap) => gap.untilMs - gap.fromMs < SEAM_MS);
  return [...long, ...short.map((gap) => ({ fromMs: gap.fromMs, untilMs: gap.untilMs, gap }))].sort((a, b) => a.fromMs - b.fromMs);
}

/** One hole cut where its reason changes. */
function explained(hole: Span, told: readonly Gap[]): Hole[] {
  const edges = told.flatMap((gap) => [gap.fromMs, gap.untilMs]).filter((at) => at > hole.fromMs && at < hole.untilMs);
  const cuts = [...new Set([hole.fromMs, ...edges, hole.untilMs])].sort((a, b) => a - b);
  const holes: Hole[] = [];
  for (const [index, untilMs] of cuts.slice(1).entries()) {
    const span = { fromMs: cuts[index] ?? hole.fromMs, untilMs };
    const gap = told.find((one) => overlapMs(one, span) > 0) ?? null;
    const before = holes.at(-1);
    if (before && before.gap?.reason === gap?.reason) holes[holes.length - 1] = { ...before, untilMs };
    else holes.push({ ...span, gap });
  }
  return holes;
}

export function laneOf(track: RecordedTrack): Lane {
  const parts = partsOf(track);
  return { id: track.id, track, parts, holes: holesOf(track, parts) };
}

export function timelineOf(recording: Recording): Timeline {
  const lanes = recording.all.map(laneOf);
  const spans = lanes.flatMap(({ parts, holes }) => [...parts, ...holes]);
  const fromMs = spans.reduce((least, one) => Math.min(least, one.fromMs), recording.startedAtMs);
  const untilMs = spans.reduce((most, one) => Math.max(most, one.untilMs), recording.endedAtMs ?? fromMs);
  return { fromMs, untilMs, lanes };
}

/** Index of the first part that ends after `atMs`. */
function search(parts: readonly Part[], atMs: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((parts[middle]?.untilMs ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What of the track plays at this time; null: nothing. */
export function partAt(lane: Lane, atMs: number): Part | null {
  const part = lane.parts[search(lane.parts, atMs)];
  return part && part.fromMs <= atMs ? part : null;
}

/** The part that begins next after `atMs`. */
export function nextPart(lane: Lane, atMs: number): Part | null {
  const index = search(lane.parts, atMs);
  const part = lane.parts[index];
  if (part && part.fromMs > atMs) return part;
  return lane.parts[index + 1] ?? null;
}

/** Where in the file of `part` this time is, in milliseconds; never before the file's beginning. */
export function offsetMs(part: Part, atMs: number): number {
  return Math.max(0, Math.min(atMs, part.untilMs) - part.segment.fromMs);
}

export function holeAt(lane: Lane, atMs: number): Hole | null {
  return lane.holes.find((hole) => hole.fromMs <= atMs && atMs < hole.untilMs) ?? null;
}

/** Whether the track has begun and not yet ended: then it has a place on the screen, even while it has no picture. */
export function isPresent(lane: Lane, atMs: number): boolean {
  const first = lane.parts[0];
  const last = lane.parts.at(-1);
  return first !== undefined && last !== undefined && first.fromMs <= atMs && atMs <= last.untilMs;
}

/** Those who are there from the beginning come within this time. */
const ASSEMBLED_MS = 1_000;

/** Where a recording is opened: everything that begins with it has begun. */
export function openingMs({ lanes, fromMs }: Timeline): number {
  const begins = lanes.map((lane) => lane.parts[0]?.fromMs).filter((at) => at !== undefined);
  const firstMs = Math.min(...begins);
  return begins.length === 0 ? fromMs : Math.max(...begins.filter((at) => at <= firstMs + ASSEMBLED_MS));
}

/** When the next thing of any track begins, while nothing of any track plays; null: something plays, or nothing follows. */
export function skipTo({ lanes }: Timeline, atMs: number): number | null {
  if (lanes.some((lane) => partAt(lane, atMs) !== null)) return null;
  const starts = lanes.map((lane) => nextPart(lane, atMs)?.fromMs).filter((start) => start !== undefined);
  return starts.length === 0 ? null : Math.min(...starts);
}
