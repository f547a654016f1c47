import { moves } from "../../model/feed";
import type { Source } from "../../model/sources";
import type { RoomRef } from "../../app/api";
import type { Dictionary, Language } from "../../i18n/language";
import { agoWords, clockWords } from "../shared/feedText";

/** Why a source is not live, as a sentence; null when it is, or when there is nothing more to say than its state. */
export function whyWords(text: Dictionary, { status }: Source, language: Language): string | null {
  if (status.state === "live") return null;
  if (status.cause !== null) return text.feed.causes[status.cause];
  if (status.state === "low-rate" || status.state === "standby") return text.feed.tile[status.state];
  if (status.state === "connecting") return null;
  // Its own words tell the way out; they are not needed where this page has a cause to name.
  return status.text?.[language] ?? null;
}

export function sinceWords(text: Dictionary, { status }: Source, nowMs: number, language: Language): string | null {
  if (status.sinceMs === null || status.sinceMs <= 0) return null;
  return text.sources.since(clockWords(status.sinceMs, nowMs, language));
}

/** How old the picture was when the list came; `elapsedMs`: how long ago that was. */
export function pictureAge(text: Dictionary, { status, measured }: Source, elapsedMs: number): string | null {
  if (!measured) return null;
  const moving = moves(status.state);
  const age = moving ? measured.pictureAgeMs : (measured.contentAgeMs ?? measured.pictureAgeMs);
  if (age === null) return null;
  // While pictures come, newer ones came since the list did.
  return agoWords(text, age + (moving && elapsedMs < 5_000 ? 0 : elapsedMs));
}

export function roomWords(text: Dictionary, { rooms }: Source, known: readonly RoomRef[], language: Language): string {
  if (rooms.length === 0) return text.sources.noRoom;
  return rooms.map((id) => known.find((room) => room.id === id)?.name ?? id).join(language === "zh" ? "、" : ", ");
}
