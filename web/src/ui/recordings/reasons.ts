import type { Dictionary, Language } from "../../i18n/language";
import type { Gap, RecordingEvent } from "../../model/recording";
import type { Failure } from "../../player/conductor";
import type { Shown } from "../../player/scene";
import { partAt } from "../../player/timeline";
import { codecName } from "../shared/figures";

/** Why something is missing; the server's own words for a reason this page is too old to know. */
export function reasonWords(text: Dictionary, language: Language, gap: Gap | null): string {
  const { gaps } = text.recordings;
  const unknown = gaps["other"] ?? "";
  return gap === null ? unknown : (gaps[gap.reason] ?? gap.text?.[language] ?? unknown);
}

export function failureWords(text: Dictionary, failure: Failure, { lane }: Shown, atMs: number): { readonly title: string; readonly cure: string } {
  const { failures } = text.recordings.player;
  const codec = codecName(partAt(lane, atMs)?.segment.codec ?? "");
  const cures = { codec: failures.codecCure, missing: failures.missingCure, network: failures.networkCure, refused: failures.refusedCure };
  return { title: failure === "codec" ? failures.codec(codec) : failures[failure], cure: cures[failure] };
}

export function eventWords(text: Dictionary, { kind, name }: RecordingEvent): string {
  const { events, player } = text.recordings;
  if (kind === "joined" || kind === "left") return events[kind](name || player.unnamed);
  const plain = { started: events.started, stopped: events.stopped, interrupted: events.interrupted, resumed: events.resumed };
  const others = { held: events.held, released: events.released };
  const known: Readonly<Record<string, string>> = { ...plain, ...others };
  return known[kind] ?? events.other;
}
