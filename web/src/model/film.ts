import type { Text } from "../protocol/generated";

export const FILM_LAYOUTS = ["speaker", "grid", "one-big", "scene"] as const;
export const FILM_STATES = ["queued", "making", "ready", "failed", "cancelled"] as const;
export const FILM_KINDS = ["asked", "live", "found"] as const;
export const FILM_PRESETS = ["ultrafast", "superfast", "veryfast"] as const;
export const FILM_FPS = [15, 25, 30] as const;
export type FilmLayout = (typeof FILM_LAYOUTS)[number];
export type FilmState = (typeof FILM_STATES)[number];
export type FilmPreset = (typeof FILM_PRESETS)[number];
export type FilmSound = "aac" | "opus";

/** How a film looks and sounds. `fromMs`, `untilMs`: milliseconds since 1970; null: from the beginning, to the end. */
interface Look {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly preset: FilmPreset;
  readonly sound: FilmSound;
  readonly labels: boolean;
  readonly clock: boolean;
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

/** What walls of a room can show, saved by name. */
export interface FilmScene {
  readonly id: string;
  readonly name: string;
}

export interface FilmWish extends Look {
  readonly layout: FilmLayout;
  /** The id of a scene of the recording's room, with the layout scene; null: another layout. */
  readonly scene: string | null;
  /** Of what is written into the picture. */
  readonly language: "zh-CN" | "en";
  /** Of the clock in the picture, minutes east of Greenwich. */
  readonly utcOffsetMin: number;
}

/** A composed film of a recording, made or on its way. Times in milliseconds since 1970. */
export interface Film extends Look {
  readonly id: string;
  readonly state: FilmState;
  /** live: made while the recording ran; found: on the disk, and nothing else is known of it. */
  readonly kind: (typeof FILM_KINDS)[number];
  /** 0 to 100. */
  readonly percent: number;
  /** Film time over real time; 0: not known yet. */
  readonly speed: number;
  /** Null: not known yet. */
  readonly remainingS: number | null;
  /** Why it failed, or is not whole. */
  readonly reason: Text | null;
  /** Recorded files that could not be read to their end. */
  readonly faults: number;
  /** Null: of a layout that this page does not offer. */
  readonly layout: FilmLayout | null;
  /** As it was when the film was asked for; null: another layout. */
  readonly scene: FilmScene | null;
  readonly bytes: number;
  readonly durationMs: number;
  readonly askedAtMs: number;
  readonly readyAtMs: number | null;
}

export const isUnfinished = ({ state }: Film): boolean => state === "queued" || state === "making";

/** Newest first. */
export function arrangeFilms(films: readonly Film[]): Film[] {
  return [...films].sort((a, b) => b.askedAtMs - a.askedAtMs || (a.id < b.id ? -1 : 1));
}
