import type { Dictionary } from "../../../i18n/language";
import type { Film } from "../../../model/film";
import { durationWords, sizeWords } from "../describe";

const MINUTE_S = 60;

export function titleOf(text: Dictionary, { layout, scene, height, fps, kind }: Film): string {
  const { films } = text.recordings;
  if (kind === "found") return films.found;
  const known = layout === null ? films.otherLayout : films.layouts[layout].name;
  const name = scene === null ? known : films.sceneOf(scene.name);
  const size = height > 0 ? [films.sizeOf(height, fps)] : [];
  return [...(kind === "live" ? [films.live] : []), name, ...size].join(" · ");
}

export function factsOf(text: Dictionary, { state, durationMs, bytes }: Film): string[] {
  return state === "ready" ? [durationWords(text, durationMs), sizeWords(bytes)] : [];
}

/** Rounded up, as exact as such a guess is. */
export function remainingWords(text: Dictionary, { remainingS, kind }: Film): string {
  const { films } = text.recordings;
  if (kind === "live") return films.liveMaking;
  if (remainingS === null) return films.estimating;
  return remainingS < MINUTE_S ? films.secondsLeft(Math.ceil(remainingS)) : films.minutesLeft(Math.ceil(remainingS / MINUTE_S));
}
