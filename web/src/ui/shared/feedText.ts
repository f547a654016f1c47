import { ageNow, spanOf, type Heard } from "../../model/feed";
import type { Feed, Transcoding } from "../../protocol/generated";
import { HTML_LANG, type Dictionary, type Language } from "../../i18n/language";

/** "12 秒前"; null: there was never a picture. */
export function agoWords(text: Dictionary, ageMs: number | null): string {
  if (ageMs === null) return text.feed.ago.never;
  if (ageMs < 1_000) return text.feed.ago.now;
  const { unit, count } = spanOf(ageMs);
  return text.feed.ago[unit](count);
}

/** "3 分钟" */
export function spanWords(text: Dictionary, ms: number): string {
  const { unit, count } = spanOf(ms);
  return text.sources.history.span[unit](count);
}

/** Hours and minutes; with the day when it was another one. */
export function clockWords(atMs: number, nowMs: number, language: Language): string {
  const at = new Date(atMs);
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const today = at.toDateString() === new Date(nowMs).toDateString();
  const fields = today ? time : ({ month: "numeric", day: "numeric", ...time } as const);
  return at.toLocaleString(HTML_LANG[language], fields);
}

interface Now {
  readonly heard: Heard | null;
  readonly nowMs: number;
  readonly clockOffsetMs: number;
  readonly language: Language;
}

/** The sentence on a tile of a source that shows no live picture. */
export function tileWords(text: Dictionary, feed: Feed, { heard, nowMs, clockOffsetMs, language }: Now): string {
  if (feed.state === "frozen") {
    const age = ageNow(heard, feed, nowMs, clockOffsetMs);
    return age === null ? text.feed.frozenPlain : text.feed.frozen(agoWords(text, age));
  }
  if (feed.state === "offline") {
    return feed.sinceMs > 0 ? text.feed.offline(clockWords(feed.sinceMs, nowMs, language)) : text.feed.states.offline;
  }
  return text.feed.tile[feed.state];
}

/** All reasons as one line of words. */
export function transcodingWords(text: Dictionary, reasons: readonly Transcoding[]): string {
  return reasons.map((reason) => text.feed.transcoding[reason]).join(" · ");
}

/** What the server noted beside a step of a source's past: reasons for transcoding in words, anything else as it is. */
export function detailWords(text: Dictionary, detail: string): string {
  const known = Object.keys(text.feed.transcoding) as Transcoding[];
  const reasons = detail.split(" ").map((word) => known.find((one) => one === word));
  return reasons.every((one) => one !== undefined) ? `${text.feed.transcodingBadge} · ${transcodingWords(text, reasons)}` : detail;
}
