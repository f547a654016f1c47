import { wallEn } from "../../i18n/en-wall";
import { firstLanguage, type Language } from "../../i18n/language";
import { wallZh } from "../../i18n/zh-wall";

export type KioskWords = typeof wallZh.kiosk;

export function kioskWords(language: Language): KioskWords {
  return language === "zh" ? wallZh.kiosk : wallEn.kiosk;
}

/** `?lang=zh` or `?lang=en` in the address decides, since nobody can press a button on a wall; else the browser's own. */
export function kioskLanguage(search: string, wanted: readonly string[]): Language {
  return firstLanguage(new URLSearchParams(search).get("lang"), wanted);
}

/** "482 915": two groups are read out and typed without a slip. */
export function spacedCode(code: string): string {
  return code.length === 6 ? `${code.slice(0, 3)} ${code.slice(3)}` : code;
}

/** Seconds below two minutes, whole minutes above. */
export function spanWords(words: KioskWords, ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds < 120 ? words.seconds(seconds) : words.minutes(Math.ceil(seconds / 60));
}
