import { ageNow, moves } from "../../model/feed";
import type { RoomView } from "../../model/room";
import type { Participant, SeenPane, SeenState, Track, WallPane } from "../../protocol/generated";
import type { Phase } from "../../rtc/session";
import { videoOf, whoOf } from "./tracks";

/**
 * What a pane really shows. live: new pictures come; slow: few of them; frozen: none for a while; feed: the source has
 * none and says why; offline: it went; reconnecting: they or this page have lost the connection; waiting: the first one
 * is on its way; paused: too little bandwidth; held: a host stopped it; content: no picture but a clock, a text, a page.
 */
export type PaneState =
  | "live"
  | "slow"
  | "frozen"
  | "offline"
  | "feed"
  | "reconnecting"
  | "waiting"
  | "paused"
  | "held"
  | "no-video"
  | "absent"
  | "locked"
  | "empty"
  | "content";

export interface PaneTruth {
  readonly state: PaneState;
  /** The track that should be seen; null: none. */
  readonly key: string | null;
  /** Age of the newest picture; null: there was none. */
  readonly ageMs: number | null;
  /** Unix time since when it is so (server's clock), where that is known. */
  readonly sinceMs: number | null;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** What this page has drawn of a pane's picture. `newestMs`: when the newest frame came, page's wall clock. */
export interface Drawn {
  readonly key: string;
  readonly newestMs: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** So long without a new frame is a frozen picture. */
const FROZEN_AFTER_MS = 3_000;
/** When this page itself has lost the server, there is no reason to wait so long. */
const LOST_AFTER_MS = 1_000;

/** What a pane must say at `nowMs` (page's wall clock) to be true. `link`: this page's own session. */
export function truthOf(pane: WallPane, view: RoomView, link: Phase, drawn: Drawn | null, nowMs: number): PaneTruth {
  const who = whoOf(pane, view);
  const still = stillOf(pane, who);
  if (still !== null || !who) return quiet(still ?? "absent");
  const track = videoOf(who, pane.screen);
  const mine = drawn !== null && drawn.key === track?.id ? drawn : null;
  const ageMs = ageOf(who, view, mine, nowMs);
  const sinceMs = who.feed && !moves(who.feed.state) ? who.feed.sinceMs : null;
  const { width, height, fps } = mine ?? { width: 0, height: 0, fps: 0 };
  const state = pictureState(pane, who, track, view, link, mine, nowMs);
  if (state === "held" || state === "feed" || state === "no-video") return { ...quiet(state), sinceMs };
  return { state, key: track?.id ?? null, ageMs, sinceMs, width, height, fps: state === "live" || state === "slow" ? fps : 0 };
}

function quiet(state: PaneState): PaneTruth {
  return { state, key: null, ageMs: null, sinceMs: null, width: 0, height: 0, fps: 0 };
}

/** What holds whatever pictures come; null: a picture is to be shown. */
function stillOf(pane: WallPane, who: Participant | null): PaneState | null {
  if (pane.state === "locked") return "locked";
  if (pane.shows !== null) return who ? null : "absent";
  const { kind } = pane.content;
  if (kind === "web" || kind === "clock" || kind === "countdown" || kind === "text") return "content";
  return pane.state === "empty" || kind === "nothing" ? "empty" : pane.state === "no-video" ? "no-video" : "absent";
}

function pictureState(
  pane: WallPane,
  who: Participant,
  track: Track | null,
  view: RoomView,
  link: Phase,
  drawn: Drawn | null,
  nowMs: number,
): PaneState {
  const { feed } = who;
  if (feed && !moves(feed.state)) return feed.state === "frozen" || feed.state === "offline" ? feed.state : "feed";
  if (!track || (track.muted && !pane.screen)) return "no-video";
  if (track.blocked) return "held";
  const layer = view.layers.get(track.id);
  const paused = layer?.layer === null && (layer.reason === "bandwidth" || layer.reason === "no-layer");
  // Media may outlive the signalling for a while: as long as pictures come, they are of this moment.
  const away = link !== "joined" || who.presence === "reconnecting";
  if (!drawn) return away ? "reconnecting" : paused ? "paused" : "waiting";
  const stuckMs = nowMs - drawn.newestMs;
  if (away && stuckMs >= LOST_AFTER_MS) return "reconnecting";
  if (stuckMs >= (who.feed?.state === "low-rate" ? FROZEN_AFTER_MS * 2 : FROZEN_AFTER_MS)) return paused ? "paused" : "frozen";
  return feed?.state === "low-rate" ? "slow" : "live";
}

/** The older of what this page has drawn and what the server knows of the source. */
function ageOf(who: Participant, view: RoomView, drawn: Drawn | null, nowMs: number): number | null {
  const own = drawn ? Math.max(0, nowMs - drawn.newestMs) : null;
  const heard = view.numbers.get(who.id) ?? null;
  const told = who.feed ? ageNow(heard, who.feed, nowMs, view.clockOffsetMs) : null;
  if (own === null) return told;
  // While pictures come, what stands here is at most as old as the last one that came to this page.
  return who.feed && moves(who.feed.state) ? own : Math.max(own, told ?? 0);
}

const SEEN: Readonly<Record<PaneState, SeenState>> = {
  live: "live",
  slow: "live",
  frozen: "frozen",
  offline: "lost",
  feed: "lost",
  reconnecting: "lost",
  waiting: "waiting",
  paused: "lost",
  held: "lost",
  "no-video": "lost",
  absent: "lost",
  locked: "lost",
  empty: "empty",
  content: "empty",
};

/** The same as a line of a kiosk's report. */
export function seenOf(pane: number, truth: PaneTruth): SeenPane {
  const { state, width, height, fps, ageMs } = truth;
  return { pane, state: SEEN[state], width, height, fps, ageMs: ageMs === null ? null : Math.round(ageMs) };
}

/** Whether a picture, perhaps an old one, may be seen: not one that a host stopped, and none when there is nobody. */
export function isPictured(state: PaneState): boolean {
  return isLive(state) || state === "frozen" || state === "offline" || state === "reconnecting" || state === "waiting" || state === "paused";
}

/** Whether what stands in the pane is a picture of this moment. */
export function isLive(state: PaneState): boolean {
  return state === "live" || state === "slow";
}
