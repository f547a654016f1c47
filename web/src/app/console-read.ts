import type { WallBoard } from "../protocol/generated";
import { SERVER_SHAPES } from "../protocol/generated";
import { fits } from "../protocol/decode";
import { ApiError, record, text, timeMs } from "./rest";

/** A paired display. `width`, `height`: of its screen in device pixels. */
export interface Display {
  readonly id: string;
  readonly name: string;
  readonly online: boolean;
  readonly pairedAtMs: number | null;
  readonly pairedBy: string;
  readonly width: number;
  readonly height: number;
}

export interface Displays {
  readonly walls: readonly Display[];
  /** Origins whose pages a pane may show. */
  readonly webAllow: readonly string[];
}

export interface Scene {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly board: WallBoard;
  readonly savedAtMs: number | null;
  readonly savedBy: string;
}

/** `who`: "" of the administrator. `what`: a stable word; `wallName`: as it was called then, "" when it was no wall's. */
export interface Act {
  readonly id: string;
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly wallName: string;
  readonly detail: string;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

/** Null: it is none that this page understands. */
export function readBoard(value: unknown): WallBoard | null {
  return fits(value, SERVER_SHAPES.wall.fields.board) ? (value as WallBoard) : null;
}

export function readDisplay(value: unknown): Display {
  const all = record(value);
  return {
    id: text(all["id"]),
    name: text(all["name"]),
    online: all["online"] === true,
    pairedAtMs: timeMs(all["pairedAt"]),
    pairedBy: text(all["pairedBy"]),
    width: number(all["width"]),
    height: number(all["height"]),
  };
}

export function readDisplays(value: unknown): Displays {
  const { walls, webAllow } = record(value);
  return { walls: list(walls).map(readDisplay), webAllow: list(webAllow).filter((one) => typeof one === "string") };
}

function sceneOf(value: unknown): Scene | null {
  const all = record(value);
  const board = readBoard(all["board"]);
  if (!board) return null;
  return {
    id: text(all["id"]),
    name: text(all["name"]),
    version: number(all["version"]),
    board,
    savedAtMs: timeMs(all["savedAt"]),
    savedBy: text(all["savedBy"]),
  };
}

export function readScene(value: unknown): Scene {
  const scene = sceneOf(value);
  if (!scene) throw new ApiError("internal", null, 0);
  return scene;
}

export function readScenes(value: unknown): Scene[] {
  return list(record(value)["scenes"]).flatMap((one) => sceneOf(one) ?? []);
}

/** A scene as it was at each saving, newest first. */
export function readVersions(value: unknown): Scene[] {
  return list(record(value)["versions"]).flatMap((one) => sceneOf(one) ?? []);
}

const FORMAT = "huishang-scene-1";

/** What an exported file holds, or null: it is none. What its panes may show is for the server to judge. */
export function readExported(value: unknown): Pick<Scene, "name" | "board"> | null {
  const { name, board: given, format = FORMAT } = record(value);
  const board = format === FORMAT ? readBoard(given) : null;
  return board && text(name) !== "" ? { name: text(name), board } : null;
}

/** `limit`: how many were asked for; fewer are the last ones. */
export function readActs(value: unknown, limit: number): { readonly acts: Act[]; readonly next: string | null } {
  const acts = list(record(value)["acts"]).map((one): Act => {
    const { id, at, act, by, wallName, detail } = record(one);
    return { id: String(number(id)), atMs: timeMs(at) ?? 0, who: text(by), what: text(act), wallName: text(wallName), detail: text(detail) };
  });
  return { acts, next: acts.length < limit ? null : (acts.at(-1)?.id ?? null) };
}
