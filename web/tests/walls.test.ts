import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { reflow } from "../src/layout/phone";
import { templateWindows } from "../src/layout/templates";
import { GRIDS, LEAST, moved, ONE_BIG, overlapping, resized, roomFor, type Corner } from "../src/layout/windows";
import { EMPTY_ROOM, fold, noticesOf, peopleIn } from "../src/model/room";
import { tilesOf, stateOf } from "../src/model/tiles";
import {
  absentOf,
  feedablesOf,
  foldWalls,
  holderOf,
  NO_WALLS,
  SEEN_FOR_MS,
  trackIn,
  truthOf,
  turnsInS,
  wallsOf,
  whoIs,
  withGroup,
  withoutDoubtful,
  withoutGroup,
  withWindows,
} from "../src/model/walls";
import type { SharedLayout, WallBoard, WallSeen, Window } from "../src/protocol/generated";
import { person, track, welcome } from "./people";
import { pane, wall } from "./walls";

const HALF: Window = { x: 0, y: 0, width: 0.5, height: 1 };

describe("walls", () => {
  it("are replaced whole, forgotten when gone, and stand by their names", () => {
    let view = foldWalls(NO_WALLS, wall("a", { name: "屏 10" }), 0);
    view = foldWalls(view, wall("b", { name: "屏 2" }), 0);
    expect(wallsOf(view, "zh").map((one) => one.id)).toEqual(["b", "a"]);
    view = foldWalls(view, wall("a", { name: "屏 1", version: 2 }), 0);
    expect(wallsOf(view, "zh").map((one) => [one.id, one.version])).toEqual([["a", 2], ["b", 1]]);
    expect([...foldWalls(view, { type: "wall-gone", wall: "a" }, 0).walls.keys()]).toEqual(["b"]);
  });

  it("stay on the screen while the connection comes back, then go unless they are told again", () => {
    let view = foldWalls(foldWalls(NO_WALLS, wall("a"), 0), wall("b"), 0);
    view = foldWalls(view, welcome(), 0);
    expect(view.walls.size).toBe(2);
    view = foldWalls(view, wall("b", { version: 7 }), 0);
    expect([...withoutDoubtful(view).walls.keys()]).toEqual(["b"]);
    expect(withoutDoubtful(withoutDoubtful(view)).doubtful.size).toBe(0);
  });

  it("say what the display itself told, and nothing when it is silent, away or behind", () => {
    const seen: WallSeen = { type: "wall-seen", wall: "a", version: 3, width: 3840, height: 2160, panes: [{ pane: 0, state: "frozen" }] };
    const now = wall("a", { version: 3 });
    const view = foldWalls(foldWalls(NO_WALLS, now, 0), seen, 1_000);
    expect(truthOf(view, now, 0, 1_000).state).toBe("frozen");
    expect(truthOf(view, now, 1, 1_000).state).toBe("unknown");
    expect(truthOf(view, now, 0, 1_001 + SEEN_FOR_MS).state).toBe("unknown");
    expect(truthOf(view, wall("a", { version: 4 }), 0, 1_000).state).toBe("changing");
    const away = wall("a", { version: 3, online: false });
    expect(truthOf(view, away, 0, 1_000).state).toBe("offline");
    expect(foldWalls(view, away, 1_000).seen.size).toBe(0);
  });

  it("know who has them", () => {
    expect(holderOf(wall("a"), "me")).toBe("free");
    expect(holderOf(wall("a", { takenBy: "me" }), "me")).toBe("mine");
    expect(holderOf(wall("a", { takenBy: "x" }), "me")).toBe("other");
  });

  it("tell when a group turns, by the server's clock", () => {
    const rotations = [
      { group: "g", step: 0, paused: false, turnsAtMs: 20_000 },
      { group: "h", step: 0, paused: true, turnsAtMs: null },
    ];
    const one = wall("a", { rotations });
    expect(turnsInS(one, "g", 10_000, 5_000)).toBe(5);
    expect(turnsInS(one, "g", 30_000, 0)).toBe(0);
    expect(turnsInS(one, "h", 0, 0)).toBeNull();
    expect(turnsInS(one, "none", 0, 0)).toBeNull();
  });
});

describe("what can be put on a wall", () => {
  const room = fold(
    EMPTY_ROOM,
    welcome({
      participants: [
        person("me", { kind: "console", role: "host" }),
        person("li", { identity: "", joinedAtMs: 2, tracks: [track("v"), track("s", { source: "screen" })] }),
        person("p-cam", { identity: "cam", kind: "source", joinedAtMs: 1, tracks: [track("c", { muted: true })] }),
        person("w", { kind: "wall" }),
        person("whep", { kind: "viewer" }),
      ],
    }),
    0,
  );

  it("is everybody else's camera and screen, by a name that lasts", () => {
    const { people, sources, screens } = feedablesOf(room);
    expect(people.map((one) => [one.content.identity, one.track])).toEqual([["li", "v"]]);
    expect(sources.map((one) => one.content)).toEqual([{ kind: "participant", identity: "cam" }]);
    expect(screens.map((one) => [one.content.kind, one.track])).toEqual([["screen", "s"]]);
    expect(whoIs(room, "cam")?.id).toBe("p-cam");
    expect(whoIs(room, "li")?.id).toBe("li");
    expect(whoIs(room, "")).toBeNull();
  });

  it("has the track that a pane shows", () => {
    expect(trackIn(room, pane(0, { shows: "li" }))).toBe("v");
    expect(trackIn(room, pane(0, { shows: "li", screen: true }))).toBe("s");
    expect(trackIn(room, pane(0, { shows: "gone" }))).toBeNull();
  });

  it("counts members without a picture as absent", () => {
    const group = { id: "g", name: "g", members: ["li", "cam", "gone"] };
    expect(absentOf(room, group)).toEqual([
      { identity: "cam", name: "name of p-cam" },
      { identity: "gone", name: null },
    ]);
  });

  it("has no displays among the people, their tiles and their news", () => {
    expect(peopleIn(room)).toBe(4);
    expect(tilesOf(room).some((tile) => tile.who.kind === "wall")).toBe(false);
    const display = person("w2", { kind: "wall" });
    const told = { type: "joined", participant: display } as const;
    expect(noticesOf(room, told)).toEqual([]);
    expect(noticesOf(fold(room, told, 0), { type: "left", participant: "w2", reason: "lost" })).toEqual([]);
  });

  it("gives a console no tile, and a host who sends nothing one", () => {
    const participants = [person("desk", { kind: "console", role: "host" }), person("idle", { role: "host" }), person("me")];
    const tiles = tilesOf(fold(EMPTY_ROOM, welcome({ you: "me", participants }), 0));
    expect(tiles.map((tile) => tile.id)).toEqual(["me", "idle"]);
  });

  it("is locked for those who may not see it", () => {
    const secret = person("s", { audience: "hosts", tracks: [track("x")] });
    const seenBy = (role: "host" | "participant"): string | undefined => {
      const view = fold(EMPTY_ROOM, welcome({ participants: [person("me", { role }), secret] }), 0);
      const tile = tilesOf(view).find((one) => one.id === "s");
      return tile && stateOf(tile, view, true);
    };
    expect(seenBy("participant")).toBe("locked");
    expect(seenBy("host")).toBe("picture");
  });
});

describe("a shared layout", () => {
  const layout: SharedLayout = { type: "layout", panes: [pane(0)], width: 16, height: 9, by: "张三" };

  it("is seen until it ends, and told anew after a reconnection", () => {
    const view = fold(EMPTY_ROOM, layout, 0);
    expect(view.shared?.by).toBe("张三");
    expect(fold(view, { ...layout, panes: null }, 0).shared).toBeNull();
    expect(fold(view, welcome({ resumed: true }), 0).shared).toBeNull();
  });

  it("stands one below the other on a narrow screen, all of it, nothing over another", () => {
    const rects = templateWindows("one-big-5", 16 / 9);
    const { panes, canvas } = reflow(rects.map((rect, index) => pane(index, { rect })));
    expect(panes.map((one) => one.index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(panes[0]?.rect.width).toBe(1);
    expect(overlapping(panes.map((one) => one.rect)).size).toBe(0);
    for (const { rect } of panes) expect((rect.width * canvas.width) / (rect.height * canvas.height)).toBeCloseTo(16 / 9);
    expect(panes.every(({ rect }) => rect.y + rect.height <= 1 + 1e-9)).toBe(true);
    const few = reflow(templateWindows("grid-4", 16 / 9).map((rect, index) => pane(index, { rect })));
    expect(few.panes.map(({ rect }) => [rect.x, rect.y, rect.width])).toEqual([0, 0.25, 0.5, 0.75].map((y) => [0, y, 1]));
  });
});

describe("boards", () => {
  const board: WallBoard = {
    width: 3840,
    height: 2160,
    template: "grid-2",
    windows: [],
    panes: [{ kind: "group", group: "g" }, { kind: "clock" }],
    groups: [{ id: "g", name: "g", members: ["a"] }],
    alarmPane: 1,
  };

  it("take in, change and lose polling groups", () => {
    const more = withGroup(board, { id: "h", name: "h", members: ["b"] });
    expect(more.groups.map((one) => one.id)).toEqual(["g", "h"]);
    expect(withGroup(more, { id: "g", name: "new", members: [] }).groups.map((one) => one.name)).toEqual(["new", "h"]);
    const less = withoutGroup(more, "g");
    expect(less.groups.map((one) => one.id)).toEqual(["h"]);
    expect(less.panes).toEqual([{ kind: "nothing" }, { kind: "clock" }]);
  });

  it("keep contents in their order when windows are drawn, and the alarm pane while there is one", () => {
    const one = withWindows(board, [HALF], 7680, 2160);
    expect(one).toMatchObject({ template: "free", width: 7680, windows: [HALF], panes: [{ kind: "group", group: "g" }], alarmPane: null });
    expect(withWindows(board, [HALF, HALF, HALF], 1, 1).panes.map((content) => content.kind)).toEqual(["group", "clock", "nothing"]);
  });
});

describe("windows drawn by hand", () => {
  const window = fc
    .record({ x: fc.double({ min: 0, max: 0.9, noNaN: true }), y: fc.double({ min: 0, max: 0.9, noNaN: true }), w: fc.double({ min: 0, max: 1, noNaN: true }), h: fc.double({ min: 0, max: 1, noNaN: true }) })
    .map(({ x, y, w, h }) => ({ x, y, width: LEAST + w * (1 - x - LEAST), height: LEAST + h * (1 - y - LEAST) }));
  const shift = fc.double({ min: -2, max: 2, noNaN: true });
  const inside = ({ x, y, width, height }: Window): boolean =>
    x >= -1e-9 && y >= -1e-9 && x + width <= 1 + 1e-9 && y + height <= 1 + 1e-9 && width >= LEAST - 1e-9 && height >= LEAST - 1e-9;

  it("stay inside the canvas however they are moved and sized", () => {
    const corners = fc.constantFrom<Corner>("nw", "ne", "sw", "se");
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 6 }), shift, shift, corners, (windows, dx, dy, corner) => {
        const after = moved(windows, 0, dx, dy);
        const before = windows[0];
        expect(inside(after[0] as Window)).toBe(true);
        expect(after[0]?.width).toBe(before?.width);
        expect(after.slice(1)).toEqual(windows.slice(1));
        expect(inside(resized(windows, 0, corner, dx, dy)[0] as Window)).toBe(true);
      }),
    );
  });

  it("stick to the edge of a neighbour and to the grid", () => {
    const loose = { x: 0.57, y: 0.3, width: 0.2, height: 0.2 };
    expect(moved([HALF, loose], 1, -0.064, 0)[1]?.x).toBe(0.5);
    expect(moved([loose], 0, 0.05, 0)[0]?.x).toBeCloseTo(15 / 24);
    const sized = resized([HALF, loose], 1, "nw", -0.065, 0)[1];
    expect(sized?.x).toBe(0.5);
    expect((sized?.x ?? 0) + (sized?.width ?? 0)).toBeCloseTo(0.77);
  });

  it("that cover each other are found, and a new one finds a free place", () => {
    expect([...overlapping([HALF, { ...HALF, x: 0.4 }])]).toEqual([0, 1]);
    expect(overlapping([HALF, { ...HALF, x: 0.5 }]).size).toBe(0);
    const free = roomFor([HALF]);
    expect(free && overlapping([HALF, free]).size).toBe(0);
    expect(roomFor([{ x: 0, y: 0, width: 1, height: 1 }])).toBeNull();
  });
});

describe("pictures of templates", () => {
  const names = [...GRIDS.map((count) => `grid-${String(count)}`), ...ONE_BIG.map((count) => `one-big-${String(count)}`)];

  it.each([16 / 9, 32 / 9, 9 / 16, 4 / 3])("have all windows inside and apart at %f", (ratio) => {
    for (const name of names) {
      const windows = templateWindows(name, ratio);
      const count = Number(name.split("-").at(-1)) + (name.startsWith("one") ? 1 : 0);
      expect(windows, name).toHaveLength(count);
      expect(overlapping(windows).size, name).toBe(0);
      for (const { x, y, width, height } of windows) {
        expect(Math.min(x, y), name).toBeGreaterThanOrEqual(-1e-9);
        expect(Math.max(x + width, y + height), name).toBeLessThanOrEqual(1 + 1e-9);
      }
    }
    expect(templateWindows("free", ratio)).toEqual([]);
  });
});
