import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";

const SRC = join(import.meta.dirname, "..", "src");
const PAGES = ["index.html", "join.html", "sources.html", "recordings.html", "wall.html", "console.html"].map((name) => join(SRC, "..", name));
/** A word; single letters are names of keys. */
const WORD = /\p{Script=Han}|\p{L}{2}/u;
const SPOKEN = new Set(["title", "label", "placeholder", "alt", "aria-label", "description", "error"]);

function files(folder: string, endings: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => join(folder, name));
}

/** Literal words that a person would see or hear: text between tags, and values of attributes that are read out. */
function literals(name: string, text: string): string[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && WORD.test(node.text)) found.push(node.text.trim());
    if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer)) {
      if (SPOKEN.has(node.name.getText()) && WORD.test(node.initializer.text)) found.push(node.initializer.text);
    }
    if (ts.isStringLiteralLike(node) && /\p{Script=Han}/u.test(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe("texts", () => {
  it("live in the dictionaries, not in the view", () => {
    const found = files(join(SRC, "ui"), [".ts", ".tsx"]).flatMap((name) =>
      literals(name, readFileSync(name, "utf8")).map((words) => `${name}: ${words}`),
    );
    expect(found).toEqual([]);
  });

  it("are found by this rule where they are", () => {
    expect(literals("x.tsx", '<p title="Hello">你好 {x}</p>')).toEqual(["Hello", "你好"]);
    expect(literals("x.ts", 'const a = "会议";')).toEqual(["会议"]);
  });

  it("say something in both languages, and English has no Chinese in it", () => {
    const walk = (value: unknown, path: string): [string, string][] => {
      if (typeof value === "string") return [[path, value]];
      if (typeof value === "function") return [[path, String((value as (...all: string[]) => string)("x", "y"))]];
      return Object.entries(value as object).flatMap(([key, inner]) => walk(inner, `${path}.${key}`));
    };
    const chinese = new Map(walk(zh, ""));
    const english = new Map(walk(en, ""));
    expect([...english.keys()]).toEqual([...chinese.keys()]);
    for (const [path, words] of [...chinese, ...english]) expect(words, path).not.toBe("");
    const mixed = [...english].filter(([path, words]) => /\p{Script=Han}/u.test(words) && path !== ".language.zh");
    expect(mixed).toEqual([]);
  });
});

describe("the pages", () => {
  it("ask nothing of any other server", () => {
    const everything = [...files(SRC, [".ts", ".tsx", ".css"]), ...PAGES];
    const outside = everything.filter((name) => /(?:https?|wss?):\/\/[a-z0-9]/i.test(readFileSync(name, "utf8")));
    expect(outside).toEqual([]);
  });

  it("write no style element and no inline script, so that the content policy needs no exception", () => {
    const html = PAGES.map((name) => readFileSync(name, "utf8"));
    for (const page of html) {
      expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
      expect(page.match(/<script(?![^>]*\ssrc=)/g)).toBeNull();
    }
  });
});
