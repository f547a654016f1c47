import { en } from "./en";
import { zh } from "./zh";

export type Language = "zh" | "en";
export type Dictionary = typeof zh;

export const DICTIONARIES: Readonly<Record<Language, Dictionary>> = { zh, en };
export const HTML_LANG: Readonly<Record<Language, string>> = { zh: "zh-CN", en: "en" };

const KEY = "huishang.language";

/** What the person chose before, else the first language of the browser that there is; Chinese when there is none. */
export function firstLanguage(stored: string | null, wanted: readonly string[]): Language {
  if (stored === "zh" || stored === "en") return stored;
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0];
    if (base === "zh" || base === "en") return base;
  }
  return "zh";
}

export function readLanguage(): Language {
  return firstLanguage(localStorage.getItem(KEY), navigator.languages);
}

export function writeLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
}
