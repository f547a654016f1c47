import { FILM_FPS, type Film, type FilmLayout, type FilmPreset, type FilmScene, type FilmSound, type FilmWish } from "../../../model/film";
import { clockWords } from "../describe";

/** The heights offered; the width follows at 16:9. */
export const HEIGHTS = [1080, 720] as const;
export type Height = (typeof HEIGHTS)[number];
const WIDTHS: Readonly<Record<Height, number>> = { 1080: 1920, 720: 1280 };
const SHORTEST_MS = 1_000;

/** What the dialog holds. `from`, `until`: as typed, counted from the recording's beginning. */
export interface FilmForm {
  readonly layout: FilmLayout;
  /** The id of the scene that was chosen; empty: none yet. */
  readonly scene: string;
  readonly height: Height;
  readonly fps: number;
  readonly preset: FilmPreset;
  readonly sound: FilmSound;
  readonly labels: boolean;
  readonly clock: boolean;
  readonly part: boolean;
  readonly from: string;
  readonly until: string;
}

export const FILM_FORM: FilmForm = {
  layout: "speaker",
  scene: "",
  height: 1080,
  fps: 25,
  preset: "superfast",
  sound: "aac",
  labels: true,
  clock: true,
  part: false,
  from: "",
  until: "",
};

const EDGE_MS = 1_000;

/** The form for another try at a film that did not become one. */
export function formOf(film: Film, extent: Extent): FilmForm {
  const { preset, sound, labels, clock } = film;
  const [fromMs, untilMs] = [film.fromMs ?? extent.fromMs, film.untilMs ?? extent.untilMs];
  const part = fromMs - extent.fromMs > EDGE_MS || extent.untilMs - untilMs > EDGE_MS;
  return {
    layout: film.layout ?? FILM_FORM.layout,
    scene: film.scene?.id ?? "",
    height: HEIGHTS.find((one) => one === film.height) ?? FILM_FORM.height,
    fps: FILM_FPS.find((one) => one === film.fps) ?? FILM_FORM.fps,
    ...{ preset, sound, labels, clock, part },
    from: part ? clockWords(fromMs - extent.fromMs) : "",
    until: part ? clockWords(untilMs - extent.fromMs) : "",
  };
}

/** `1:02:03`, `2:03` or `123` in milliseconds; null: it is none of them. */
export function readClock(words: string): number | null {
  const parts = words.trim().replaceAll("：", ":").split(":");
  if (parts.length > 3 || parts.some((part) => !/^\d{1,6}$/.test(part))) return null;
  const numbers = parts.map(Number);
  if (numbers.slice(1).some((part) => part > 59)) return null;
  return numbers.reduce((sum, part) => sum * 60 + part, 0) * 1000;
}

/** The recording's own times, milliseconds since 1970. */
export interface Extent {
  readonly fromMs: number;
  readonly untilMs: number;
}

export type PartFault = "from" | "until" | "order";

/** What is wrong with the chosen part; null: nothing. */
export function partFault(form: FilmForm, { fromMs, untilMs }: Extent): PartFault | null {
  if (!form.part) return null;
  const [from, until] = [readClock(form.from), readClock(form.until)];
  const lengthMs = untilMs - fromMs;
  if (from === null || from >= lengthMs) return "from";
  // The last second counts as a whole one: nobody types its fraction.
  if (until === null || until >= lengthMs + 1000) return "until";
  return until - from < SHORTEST_MS ? "order" : null;
}

/** The scene that is shown as chosen: the first one, as long as nobody chose one that is still there. */
export function chosenScene(scene: string, scenes: readonly FilmScene[]): string {
  return (scenes.find(({ id }) => id === scene) ?? scenes[0])?.id ?? scene;
}

/** Of a form without a fault. `scenes`: of the room. */
export function wishOf(form: FilmForm, extent: Extent, language: FilmWish["language"], scenes: readonly FilmScene[] = []): FilmWish {
  const { layout, height, fps, preset, sound, labels, clock, part } = form;
  const at = (words: string): number => Math.min(extent.untilMs, extent.fromMs + (readClock(words) ?? 0));
  const span = part ? { fromMs: at(form.from), untilMs: at(form.until) } : { fromMs: null, untilMs: null };
  // That of the day in question: summer time may have ended since.
  const utcOffsetMin = -new Date(extent.fromMs).getTimezoneOffset();
  const scene = layout === "scene" ? chosenScene(form.scene, scenes) : null;
  return { layout, scene, width: WIDTHS[height], height, fps, preset, sound, labels, clock, language, utcOffsetMin, ...span };
}
