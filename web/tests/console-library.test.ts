import { describe, expect, it } from "vitest";
import type { Displays, Scene } from "../src/app/console-api";
import { ConsoleLibrary } from "../src/app/console-library";
import { readExported, readVersions } from "../src/app/console-read";
import { foldWalls, foreignSites, NO_WALLS } from "../src/model/walls";
import { FakeClock } from "./fakes";
import { welcome } from "./people";
import { wall } from "./walls";

const board = { width: 3840, height: 2160, template: "grid-1", windows: [], panes: [{ kind: "clock" as const }], groups: [] };
const DISPLAYS: Displays = { walls: [], webAllow: ["https://gis.example.org"] };
const scene = (name: string): Scene => ({ id: name, name, version: 1, board, savedAtMs: 0, savedBy: "" });

interface Bench {
  readonly clock: FakeClock;
  readonly library: ConsoleLibrary;
  /** Ends the read of scenes that began first. */
  readonly answer: (result: Scene[] | Error) => Promise<void>;
  readonly names: () => string[] | null;
  reads: number;
}

function bench(): Bench {
  const clock = new FakeClock();
  const waiting: ((result: Scene[] | Error) => void)[] = [];
  const api = {
    scenes: () =>
      new Promise<Scene[]>((resolve, reject) => {
        made.reads += 1;
        waiting.push((result) => {
          if (result instanceof Error) reject(result);
          else resolve(result);
        });
      }),
    displays: () => Promise.resolve(DISPLAYS),
  };
  const library = new ConsoleLibrary({ clock, api });
  const made: Bench = {
    clock,
    library,
    reads: 0,
    names: () => library.state.get().scenes?.map((one) => one.name) ?? null,
    answer: async (result) => {
      waiting.shift()?.(result);
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    },
  };
  library.start();
  return made;
}

describe("the library of a console", () => {
  it("reads once more, and not more, for all that is told while it reads", async () => {
    const made = bench();
    const first = made.library.read();
    const second = made.library.read();
    expect(made.library.read()).toBe(second);
    expect(made.reads).toBe(1);
    await made.answer([scene("旧")]);
    await first;
    expect([made.names(), made.reads]).toEqual([["旧"], 2]);
    await made.answer([scene("旧"), scene("新")]);
    await second;
    expect([made.names(), made.reads, made.clock.waiting]).toEqual([["旧", "新"], 2, 0]);
    expect(made.library.state.get().displays).toBe(DISPLAYS);
  });

  it("keeps what it has when it cannot read, and tries again ever more seldom", async () => {
    const made = bench();
    void made.library.read();
    await made.answer([scene("在")]);
    void made.library.read();
    await made.answer(new Error("503"));
    expect(made.names()).toEqual(["在"]);
    for (const [pause, reads] of [[1_000, 3], [2_000, 4], [4_000, 5]] as const) {
      made.clock.advance(pause - 1);
      expect(made.reads).toBe(reads - 1);
      made.clock.advance(1);
      expect(made.reads).toBe(reads);
      await made.answer(new Error("503"));
    }
    void made.library.read();
    await made.answer([scene("回")]);
    expect([made.names(), made.clock.waiting]).toEqual([["回"], 0]);
  });

  it("asks for nothing when nothing is told, and not again when it was stopped", async () => {
    const made = bench();
    made.clock.advance(3_600_000);
    expect(made.reads).toBe(0);
    void made.library.read();
    made.library.stop();
    await made.answer(new Error("gone"));
    expect(made.clock.waiting).toBe(0);
  });
});

describe("what is told of scenes", () => {
  it("is counted, also over a new connection", () => {
    let view = foldWalls(NO_WALLS, { type: "scenes" }, 0);
    view = foldWalls(view, wall("w"), 1);
    view = foldWalls(view, welcome(), 2);
    expect(view.scenesTold).toBe(1);
    view = foldWalls(view, { type: "wall-gone", wall: "w" }, 3);
    expect(foldWalls(view, { type: "scenes" }, 4).scenesTold).toBe(2);
  });

  it("has versions with their boards", () => {
    const versions = readVersions({ versions: [{ id: "s", name: "后", version: 2, board, savedAt: 3, savedBy: "李" }, { id: "s", version: 1, board: {} }] });
    expect(versions).toEqual([{ id: "s", name: "后", version: 2, board, savedAtMs: 3_000, savedBy: "李" }]);
  });

  it("names each site that may not be shown here, once", () => {
    const web = (url: string): { kind: "web"; url: string } => ({ kind: "web", url });
    const panes = [web("https://a.example.org/x"), web("https://b.example.org/y"), web("https://b.example.org/z?q"), web("nowhere"), ...board.panes];
    expect(foreignSites({ panes }, ["https://a.example.org"])).toEqual(["https://b.example.org", "nowhere"]);
    expect(foreignSites(board, [])).toEqual([]);
  });

  it("is taken from a file only when it is a scene", () => {
    expect(readExported({ name: "防汛", board, more: 1 })).toEqual({ name: "防汛", board });
    expect(readExported({ name: "防汛", board, format: "huishang-scene-1" })).toEqual({ name: "防汛", board });
    expect(readExported({ name: "防汛", board, format: "huishang-scene-2" })).toBeNull();
    for (const bad of [null, 3, [], {}, { name: "x" }, { name: "", board }, { name: 7, board }, { name: "x", board: { ...board, panes: [{ kind: "bomb" }] } }]) {
      expect(readExported(bad)).toBeNull();
    }
  });
});
