import type { Feed, FeedState, SourceNumbers } from "../protocol/generated";

/** What the server last told of a source, and when it came (page's wall clock, milliseconds). */
export interface Heard extends SourceNumbers {
  readonly atMs: number;
}

/** How good or bad a state is; decides colour and order, never the words. */
export type Tone = "good" | "warning" | "bad" | "calm" | "off";

const TONES: Readonly<Record<FeedState, Tone>> = {
  disabled: "off",
  standby: "calm",
  waiting: "calm",
  connecting: "calm",
  live: "good",
  "low-rate": "warning",
  frozen: "bad",
  offline: "off",
  "wrong-password": "bad",
  unreachable: "bad",
  unsupported: "bad",
  quarantined: "bad",
};

export function toneOf(state: FeedState): Tone {
  return TONES[state];
}

/** Whether new pictures come in this state: everything else must not look like a live picture. */
export function moves(state: FeedState): boolean {
  return state === "live" || state === "low-rate";
}

/** The server measures every two seconds; later than this the numbers are overdue. */
export const NUMBERS_EVERY_MS = 2_500;
/** Without a picture for so long, this page no longer calls it live, whatever the server says. */
export const STUCK_AFTER_MS = 5_000;

/**
 * How old the picture is now, milliseconds; null: there was none. While pictures come, the age does not grow between two
 * messages in time, since newer pictures came meanwhile.
 */
export function ageNow(heard: Heard | null, feed: Feed, nowMs: number, clockOffsetMs: number): number | null {
  const moving = moves(feed.state);
  const told = heard === null ? null : moving ? heard.pictureAgeMs : (heard.contentAgeMs ?? heard.pictureAgeMs);
  if (heard === null || told === null) {
    // When a picture froze or ended, that is when the last one came.
    const since = feed.state === "frozen" || feed.state === "offline" ? feed.sinceMs : 0;
    return since > 0 ? Math.max(0, nowMs + clockOffsetMs - since) : null;
  }
  const waited = Math.max(0, nowMs - heard.atMs);
  return told + (moving ? Math.max(0, waited - NUMBERS_EVERY_MS) : waited);
}

export interface Span {
  readonly unit: "seconds" | "minutes" | "hours" | "days";
  readonly count: number;
}

/** The largest unit that is at least one, rounded down: 95 s are one minute. */
export function spanOf(ms: number): Span {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return { unit: "seconds", count: seconds };
  if (seconds < 3_600) return { unit: "minutes", count: Math.floor(seconds / 60) };
  if (seconds < 86_400) return { unit: "hours", count: Math.floor(seconds / 3_600) };
  return { unit: "days", count: Math.floor(seconds / 86_400) };
}
