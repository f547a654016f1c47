import type { RecordedTrack, RecordingSummary } from "../../model/recording";
import { HTML_LANG, type Dictionary, type Language } from "../../i18n/language";

const NAMES_SHOWN = 3;

/** A length in words, as exact as its size deserves. */
export function durationWords(text: Dictionary, ms: number): string {
  const { duration } = text.recordings;
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return duration.seconds(s);
  const m = Math.floor(s / 60);
  return m < 60 ? duration.minutes(m, s % 60) : duration.hours(Math.floor(m / 60), m % 60);
}

/** `1:02:03` or `2:03`, counted from the beginning. */
export function clockWords(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${String(h)}:${two(m)}:${two(s % 60)}` : `${String(m)}:${two(s % 60)}`;
}

export function sizeWords(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"] as const;
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value.toFixed(value < 10 && step > 1 ? 1 : 0)} ${units[step] ?? "B"}`;
}

export function dayWords(language: Language, atMs: number): string {
  return new Date(atMs).toLocaleString(HTML_LANG[language], { dateStyle: "medium", timeStyle: "short" });
}

export function timeWords(language: Language, atMs: number): string {
  return new Date(atMs).toLocaleTimeString(HTML_LANG[language], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function peopleWords(text: Dictionary, people: readonly string[], language: Language): string {
  if (people.length === 0) return text.recordings.nobody;
  const names = new Intl.ListFormat(HTML_LANG[language], { style: "narrow" }).format(people.slice(0, NAMES_SHOWN));
  return text.recordings.people(names, people.length > NAMES_SHOWN ? people.length : 0);
}

/** How long it is; of one that still runs, up to now. */
export function lengthMs(one: RecordingSummary, nowMs: number): number {
  return one.state === "recording" ? Math.max(one.durationMs, nowMs - one.startedAtMs) : one.durationMs;
}

export const nameOf = (text: Dictionary, track: RecordedTrack): string => track.name || text.recordings.player.unnamed;

export function sourceWords(text: Dictionary, track: RecordedTrack): string {
  const { sources, unknownSource } = text.recordings.player;
  return track.source === null ? unknownSource[track.kind] : sources[track.source];
}
