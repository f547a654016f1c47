import { feedEn } from "../../i18n/en-feed";
import { wallEn } from "../../i18n/en-wall";
import type { Language } from "../../i18n/language";
import { feedZh } from "../../i18n/zh-feed";
import { wallZh } from "../../i18n/zh-wall";
import { spanOf } from "../../model/feed";

/** All that panes say; a display's page loads no other words. */
export interface PaneWords {
  readonly language: Language;
  readonly feed: typeof feedZh;
  readonly panes: typeof wallZh.panes;
}

const ZH: PaneWords = { language: "zh", feed: feedZh, panes: wallZh.panes };
const EN: PaneWords = { language: "en", feed: feedEn, panes: wallEn.panes };

export function paneWords(language: Language): PaneWords {
  return language === "zh" ? ZH : EN;
}

/** "12 秒" */
export function ageWords({ panes }: PaneWords, ageMs: number): string {
  if (ageMs < 1_000) return panes.age.now;
  const { unit, count } = spanOf(ageMs);
  return panes.age[unit](count);
}

const two = (value: number): string => String(value).padStart(2, "0");

/** "09:07:05", as clocks on walls are read. */
export function timeWords(atMs: number): string {
  const at = new Date(atMs);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** "09:07", with the day when it was another one: "11-20 09:07". */
export function sinceWords(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** "01:02:03" until `untilMs`, with whole days before it; null: it is over. */
export function countdownWords({ panes }: PaneWords, untilMs: number, nowMs: number): string | null {
  const seconds = Math.ceil((untilMs - nowMs) / 1000);
  if (seconds <= 0) return null;
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return days > 0 ? `${panes.days(days)} ${clock}` : clock;
}
