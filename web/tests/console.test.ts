import { describe, expect, it } from "vitest";
import { Console } from "../src/app/console";
import { Edits, type Failure } from "../src/app/console-edits";
import { consoleLink, takePlace } from "../src/app/console-place";
import { readActs, readBoard, readDisplays, readScenes } from "../src/app/console-read";
import { WishBook } from "../src/app/console-wishes";
import type { EditWall, Refused } from "../src/protocol/generated";
import type { Wish } from "../src/rtc/wants";
import { FakeClock, FakeConnection, FakeWire } from "./fakes";
import { welcome } from "./people";
import { wall } from "./walls";

const REFUSED: Refused = { type: "refused", code: "wall-changed", text: { zh: "变了", en: "changed" }, about: "wall-edit" };

function bench(open = true): { edits: Edits; sent: EditWall[]; failures: Failure[]; clock: FakeClock; versions: Map<string, number> } {
  const clock = new FakeClock();
  const sent: EditWall[] = [];
  const failures: Failure[] = [];
  const versions = new Map([["w", 3]]);
  const edits = new Edits({
    clock,
    version: (id) => versions.get(id) ?? null,
    send: (message) => {
      if (open) sent.push(message);
      return open;
    },
    failed: (failure) => failures.push(failure),
  });
  return { edits, sent, failures, clock, versions };
}

describe("edits", () => {
  it("go one at a time, each on the version that the one before it made", () => {
    const { edits, sent, clock, versions } = bench();
    edits.ask("w", { do: "swap", pane: 0, other: 1 });
    edits.ask("w", { do: "undo" });
    expect(sent.map((one) => one.base)).toEqual([3]);
    edits.told({ id: "w", version: 3 });
    expect(sent).toHaveLength(1);
    clock.advance(40);
    versions.set("w", 4);
    edits.told({ id: "w", version: 4 });
    expect(sent.map((one) => [one.base, one.edit.do])).toEqual([[3, "swap"], [4, "undo"]]);
    expect(edits.roundTripMs).toBe(40);
    versions.set("w", 5);
    edits.told({ id: "w", version: 5 });
    expect(edits.waiting.get()).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it("that are refused are told, and what was meant to follow is not sent", () => {
    const { edits, sent, failures } = bench();
    edits.ask("w", { do: "undo" });
    edits.ask("w", { do: "undo" });
    edits.refused(REFUSED);
    expect(failures).toEqual([{ kind: "refused", refused: REFUSED, edit: { do: "undo" }, wall: "w" }]);
    expect(sent).toHaveLength(1);
    edits.ask("w", { do: "take" });
    expect(sent).toHaveLength(2);
  });

  it("that another console overtook are told although its state came first", () => {
    const { edits, failures, versions } = bench();
    edits.ask("w", { do: "swap", pane: 0, other: 1 });
    versions.set("w", 4);
    edits.told({ id: "w", version: 4 });
    edits.refused(REFUSED);
    expect(failures).toEqual([{ kind: "refused", refused: REFUSED, edit: { do: "swap", pane: 0, other: 1 }, wall: "w" }]);
  });

  it("that get no answer, or do not leave, are told", () => {
    const { edits, failures, clock } = bench();
    edits.ask("w", { do: "undo" });
    clock.advance(5_000);
    expect(failures.map((one) => one.kind)).toEqual(["silent"]);
    edits.ask("w", { do: "undo" });
    edits.lost();
    edits.lost();
    expect(failures.map((one) => one.kind)).toEqual(["silent", "offline"]);
    const closed = bench(false);
    closed.edits.ask("w", { do: "undo" });
    expect(closed.failures.map((one) => one.kind)).toEqual(["offline"]);
    expect(closed.edits.waiting.get()).toEqual([]);
  });

  it("of a wall that is gone are dropped, and of others go on", () => {
    const { edits, sent } = bench();
    edits.ask("gone", { do: "undo" });
    edits.ask("w", { do: "undo" });
    expect(sent.map((one) => one.wall)).toEqual(["w"]);
  });

  it("do not pile up without end", () => {
    const { edits } = bench();
    for (let count = 0; count < 100; count++) edits.ask("w", { do: "undo" });
    expect(edits.waiting.get()).toHaveLength(16);
  });
});

describe("the console", () => {
  function open(): { desk: Console; wires: FakeWire[]; clock: FakeClock } {
    const clock = new FakeClock();
    const wires: FakeWire[] = [];
    const deps = {
      clock,
      random: () => 0.5,
      openSocket: () => {
        const wire = new FakeWire();
        wires.push(wire);
        return wire;
      },
      connect: () => new FakeConnection().connection,
      videoCodec: "vp8" as const,
      videoCapabilities: () => [],
      audioCapabilities: () => [],
      nowMs: () => clock.now(),
      resume: () => undefined,
    };
    const desk = new Console(deps, { token: "t", name: "n", resume: null });
    desk.start();
    return { desk, wires, clock };
  }

  function enter(wire: FakeWire | undefined): void {
    wire?.onopen?.();
    wire?.hear(welcome());
  }

  it("watches the walls on every socket, edits them and hears the answer", () => {
    const { desk, wires, clock } = open();
    enter(wires[0]);
    expect(wires[0]?.of("walls-watch")).toEqual([{ type: "walls-watch", on: true }]);
    wires[0]?.hear(wall("w", { version: 9 }));
    desk.edit("w", { do: "enlarge", pane: 0 });
    expect(wires[0]?.of("wall-edit")).toEqual([{ type: "wall-edit", wall: "w", base: 9, edit: { do: "enlarge", pane: 0 } }]);
    wires[0]?.hear(wall("w", { version: 10 }));
    expect(desk.edits.waiting.get()).toEqual([]);
    wires[0]?.onclose?.();
    expect(desk.state.get().phase).toBe("reconnecting");
    expect(desk.state.get().walls.walls.size).toBe(1);
    clock.advance(1_000);
    enter(wires[1]);
    expect(wires[1]?.of("walls-watch")).toHaveLength(1);
    clock.advance(3_000);
    expect(desk.state.get().walls.walls.size).toBe(0);
  });

  it("tells what was refused, and only that which concerns walls", () => {
    const { desk, wires } = open();
    const failures: string[] = [];
    desk.onFailure((failure) => failures.push(failure.kind));
    enter(wires[0]);
    wires[0]?.hear(wall("w"));
    desk.edit("w", { do: "undo" });
    wires[0]?.hear({ ...REFUSED, about: "wants" });
    expect(failures).toEqual([]);
    wires[0]?.hear(REFUSED);
    expect(failures).toEqual(["refused"]);
  });
});

describe("wishes of several views", () => {
  it("take the largest of each track and hide what nobody wants any more", () => {
    let last: ReadonlyMap<string, Wish> = new Map();
    const book = new WishBook((all) => {
      last = all;
    });
    book.set("a", new Map([["v", { width: 10, height: 5, priority: 1 }]]));
    book.set("b", new Map([["v", { width: 4, height: 9, priority: 7 }]]));
    expect(last.get("v")).toEqual({ width: 10, height: 9, priority: 7 });
    book.drop("a");
    expect(last.get("v")).toEqual({ width: 4, height: 9, priority: 7 });
    book.drop("b");
    expect(last.get("v")).toEqual({ width: 0, height: 0, priority: 0 });
  });
});

describe("the console's address", () => {
  it("gives its token to the tab and keeps it out of sight", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    } as unknown as Storage;
    const shown: string[] = [];
    const history = { replaceState: (_: unknown, __: string, path: string) => shown.push(path) } as unknown as History;
    const at = (link: string): Location => ({ pathname: "/console", hash: link.includes("#") ? link.slice(link.indexOf("#")) : "" }) as Location;
    expect(takePlace(at("/console"), history, storage)).toBeNull();
    const place = { room: "房间/1", token: "a.b+c" };
    expect(takePlace(at(consoleLink(place.room, place.token)), history, storage)).toEqual(place);
    expect(shown).toEqual(["/console"]);
    expect(takePlace(at("/console"), history, storage)).toEqual(place);
  });
});

describe("what the server keeps of walls", () => {
  const board = { width: 3840, height: 2160, template: "grid-1", windows: [], panes: [{ kind: "clock" }], groups: [] };

  it("is read whole or not at all", () => {
    expect(readBoard(board)).toEqual(board);
    expect(readBoard({ ...board, panes: [{ kind: "bomb" }] })).toBeNull();
    expect(readBoard("x")).toBeNull();
    const scenes = readScenes({ scenes: [{ id: "s", name: "n", version: 2, board, savedAt: 3, savedBy: "李" }, { id: "t", board: 1 }] });
    expect(scenes).toEqual([{ id: "s", name: "n", version: 2, board, savedAtMs: 3_000, savedBy: "李" }]);
  });

  it("has displays, allowed sites and a log that goes on", () => {
    const displays = readDisplays({ walls: [{ id: "w", name: "n", online: true, pairedAt: 1, width: 5, height: 4 }], webAllow: ["a", 3] });
    expect(displays.walls[0]).toMatchObject({ id: "w", online: true, pairedAtMs: 1_000, pairedBy: "" });
    expect(displays.webAllow).toEqual(["a"]);
    const read = readActs({ acts: [{ id: 7, at: "1970-01-01T00:00:02Z", by: "李", act: "take", wall: "w", wallName: "n" }] }, 1);
    expect(read).toMatchObject({ acts: [{ id: "7", atMs: 2_000, who: "李", what: "take", wallName: "n" }], next: "7" });
    expect(readActs({ acts: [] }, 1).next).toBeNull();
  });
});
