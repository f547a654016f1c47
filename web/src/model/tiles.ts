import { moves } from "./feed";
import type { Participant, Track } from "../protocol/generated";
import { screenOf, trackOf, type RoomView } from "./room";

/** One rectangle of the meeting: a person or device, or a screen that somebody shares. */
export interface Tile {
  readonly id: string;
  readonly kind: "person" | "encoder" | "source" | "screen";
  readonly who: Participant;
  readonly mine: boolean;
  readonly video: Track | null;
  readonly audio: Track | null;
}

/** Why a tile shows no moving picture, or "picture" when it does. "feed": the source itself has none; its feed says why. "locked":
 * this page's person may not see it. */
export type TileState =
  | "picture"
  | "camera-off"
  | "away"
  | "waiting"
  | "no-signal"
  | "blocked"
  | "bandwidth"
  | "no-layer"
  | "feed"
  | "stuck"
  | "locked";

/**
 * Tiles in a steady order: screens, this page's own person, then the others as they came. None have displays, consoles,
 * viewers, and sources before their first media.
 */
export function tilesOf(view: RoomView): Tile[] {
  const people = [...view.people.values()]
    .filter((who) => who.kind !== "viewer" && who.kind !== "wall" && who.kind !== "console")
    .sort((a, b) => a.joinedAtMs - b.joinedAtMs || (a.id < b.id ? -1 : 1));
  const screens: Tile[] = [];
  const faces: Tile[] = [];
  for (const who of people) {
    const mine = who.id === view.you;
    const screen = screenOf(who);
    if (screen && !mine) {
      const audio = trackOf(who, "screen-audio");
      screens.push({ id: `${who.id}/screen`, kind: "screen", who, mine, video: screen, audio });
    }
    const silent = who.role === "viewer" || who.kind === "source";
    if (silent && who.tracks.length === 0) continue;
    const kind = who.kind === "encoder" || who.kind === "source" ? who.kind : "person";
    const video = trackOf(who, "camera");
    const tile: Tile = { id: who.id, kind, who, mine, video, audio: trackOf(who, "microphone") };
    if (mine) faces.unshift(tile);
    else faces.push(tile);
  }
  return [...screens, ...faces];
}

/** `playing`: the page has drawn at least one frame of this track. `stuck`: none of late, although some were expected. */
export function stateOf(tile: Tile, view: RoomView, playing: boolean, stuck = false): TileState {
  if (tile.mine) return tile.video && !tile.video.muted ? "picture" : "camera-off";
  if (!maySee(view, tile.who)) return "locked";
  if (tile.who.presence === "reconnecting") return "away";
  const { video } = tile;
  const feed = tile.kind === "source" ? tile.who.feed : null;
  if (video?.blocked && feed) return "blocked";
  if (feed && !moves(feed.state)) return "feed";
  if (!video || (video.muted && tile.kind !== "screen")) return "camera-off";
  if (video.blocked) return "blocked";
  const layer = view.layers.get(video.id);
  if (layer?.layer === null && layer.reason === "bandwidth") return "bandwidth";
  if (layer?.layer === null && layer.reason === "no-layer" && video.receiving) return "no-layer";
  if (!video.receiving) return "no-signal";
  // Nothing is sent to this page: what stands in the pane is an old picture of the source.
  if (feed && layer?.layer === null) return "waiting";
  if (!playing) return "waiting";
  return stuck && feed ? "stuck" : "picture";
}

/** What only hosts may see is not sent to others at all. */
export function maySee(view: RoomView, who: Participant): boolean {
  return who.audience !== "hosts" || who.id === view.you || view.people.get(view.you)?.role === "host";
}

export type LayoutMode = "auto" | "grid" | "speaker";

/** The tile that is shown big, or null for the grid. A pin wins, then a shared screen, then the speaker. */
export function stageOf(tiles: readonly Tile[], view: RoomView, mode: LayoutMode, pinned: string | null): Tile | null {
  const pin = tiles.find((tile) => tile.id === pinned);
  if (pin) return pin;
  if (mode === "grid" || tiles.length < 2) return null;
  const screen = tiles.find((tile) => tile.kind === "screen");
  if (screen) return screen;
  if (mode === "auto") return null;
  return tiles.find((tile) => tile.id === view.lastSpeaker) ?? tiles.find((tile) => !tile.mine) ?? null;
}

/** Up to two letters for a tile without a picture: the last two of a Chinese name, initials of a Latin one. */
export function initials(name: string): string {
  const trimmed = name.trim();
  if (trimmed === "") return "?";
  if (/[\u3400-\u9fff]/.test(trimmed)) return [...trimmed.replace(/[^\u3400-\u9fff]/g, "")].slice(-2).join("");
  const words = trimmed.split(/[\s._-]+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? "")
    .join("");
}

/** A steady hue for a person, so that initials are told apart also by colour: 0..7. */
export function tintOf(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash % 8;
}
