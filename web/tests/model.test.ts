import { describe, expect, it, vi } from "vitest";
import { EMPTY_ROOM, fold, noticesOf, type RoomView } from "../src/model/room";
import { Store } from "../src/model/store";
import { initials, stageOf, stateOf, tilesOf } from "../src/model/tiles";
import type { ServerMessage } from "../src/protocol/generated";
import { wishesFor } from "../src/ui/meeting/wishes";
import { person, track, welcome } from "./people";

const after = (...messages: ServerMessage[]): RoomView =>
  messages.reduce((view, message) => fold(view, message, 1_000), EMPTY_ROOM);

const others = (...people: ReturnType<typeof person>[]): ServerMessage => welcome({ participants: [person("me"), ...people] });

describe("the room", () => {
  it("takes the snapshot and the server's clock", () => {
    const view = after(welcome());
    expect(view.you).toBe("me");
    expect([...view.people.keys()]).toEqual(["me"]);
    expect(view.clockOffsetMs).toBe(4_000);
  });

  it("forgets people and their layers when they leave", () => {
    const view = after(
      others(person("a", { tracks: [track("v")] })),
      { type: "layer", track: "v", layer: 1, temporal: 2, reason: "fits" },
      { type: "speakers", participants: ["a"] },
      { type: "left", participant: "a", reason: "left" },
    );
    expect(view.people.has("a")).toBe(false);
    expect(view.layers.size).toBe(0);
    expect(view.speakers).toEqual([]);
    expect(view.lastSpeaker).toBeNull();
  });

  it("forgets the layer of a track that ended", () => {
    const view = after(
      others(person("a", { tracks: [track("v"), track("s", { source: "screen" })] })),
      { type: "layer", track: "v", layer: 1, temporal: 2, reason: "fits" },
      { type: "layer", track: "s", layer: 0, temporal: 2, reason: "fits" },
      { type: "updated", participant: person("a", { tracks: [track("v")] }) },
    );
    expect([...view.layers.keys()]).toEqual(["v"]);
  });

  it("remembers the last other speaker over a silence", () => {
    const view = after(
      others(person("a")),
      { type: "speakers", participants: ["me", "a"] },
      { type: "speakers", participants: [] },
    );
    expect(view.lastSpeaker).toBe("a");
  });

  it("does not change what was there before", () => {
    const before = after(others(person("a")));
    fold(before, { type: "left", participant: "a", reason: "lost" }, 0);
    expect(before.people.has("a")).toBe(true);
  });
});

describe("notices", () => {
  it("tell of others, never of this page's own person or of a snapshot", () => {
    const view = after(others(person("a", { name: "A" })));
    expect(noticesOf(view, welcome())).toEqual([]);
    expect(noticesOf(view, { type: "joined", participant: person("b", { name: "B" }) })).toEqual([{ kind: "joined", name: "B" }]);
    expect(noticesOf(view, { type: "joined", participant: person("me") })).toEqual([]);
    expect(noticesOf(view, { type: "left", participant: "a", reason: "lost" })).toEqual([{ kind: "lost", name: "A" }]);
    expect(noticesOf(view, { type: "left", participant: "a", reason: "replaced" })).toEqual([]);
  });

  it("tell once when a screen appears", () => {
    const view = after(others(person("a", { name: "A" })));
    const sharing = person("a", { name: "A", tracks: [track("s", { source: "screen" })] });
    const message: ServerMessage = { type: "updated", participant: sharing };
    expect(noticesOf(view, message)).toEqual([{ kind: "shares", name: "A" }]);
    expect(noticesOf(fold(view, message, 0), message)).toEqual([]);
  });

  it("tell of refusals only where a person asked", () => {
    const text = { zh: "不行", en: "no" };
    const refused = (about: string): ServerMessage => ({ type: "refused", code: "x", text, about });
    expect(noticesOf(EMPTY_ROOM, refused("remove"))).toEqual([{ kind: "refused", text }]);
    expect(noticesOf(EMPTY_ROOM, refused("wants"))).toEqual([]);
  });
});

describe("tiles", () => {
  it("stand in a steady order and leave viewers out", () => {
    const view = after(
      others(
        person("b", { joinedAtMs: 2, tracks: [track("bs", { source: "screen" })] }),
        person("a", { joinedAtMs: 1 }),
        person("w", { kind: "viewer" }),
      ),
    );
    expect(tilesOf(view).map((tile) => tile.id)).toEqual(["b/screen", "me", "a", "b"]);
  });

  it("say why there is no picture", () => {
    const state = (change: Parameters<typeof track>[1], layer?: ServerMessage, playing = true): string => {
      const view = after(others(person("a", { tracks: [track("v", change)] })), ...(layer ? [layer] : []));
      const tile = tilesOf(view).find((one) => one.id === "a");
      return tile ? stateOf(tile, view, playing) : "no tile";
    };
    const layer = (reason: "bandwidth" | "no-layer" | "waiting-keyframe"): ServerMessage => ({
      type: "layer",
      track: "v",
      layer: null,
      temporal: 0,
      reason,
    });
    expect(state({})).toBe("picture");
    expect(state({}, undefined, false)).toBe("waiting");
    expect(state({ muted: true })).toBe("camera-off");
    expect(state({ blocked: true })).toBe("blocked");
    expect(state({ receiving: false })).toBe("no-signal");
    expect(state({}, layer("bandwidth"))).toBe("bandwidth");
    expect(state({}, layer("no-layer"))).toBe("no-layer");
    expect(state({}, layer("waiting-keyframe"))).toBe("picture");
  });

  it("ask for their size in device pixels, the big one first, hidden ones not at all", () => {
    const view = after(others(person("a", { tracks: [track("va")] }), person("b", { tracks: [track("vb")] })));
    const places = new Map([["a", { x: 0, y: 0, width: 320, height: 180 }]]);
    const wishes = wishesFor(view, tilesOf(view), places, "a", 2);
    expect(wishes.get("va")).toMatchObject({ width: 640, height: 360 });
    expect(wishes.get("va")?.priority).toBeGreaterThan(100);
    expect(wishes.get("vb")).toMatchObject({ width: 0, height: 0 });
    expect([...wishesFor(view, tilesOf(view), places, null, 0).values()].every((one) => one.width === 0)).toBe(true);
  });

  it("are shown big by pin, then screen, then speaker", () => {
    const screen = person("a", { joinedAtMs: 1, tracks: [track("s", { source: "screen" })] });
    const withScreen = after(others(screen, person("b", { joinedAtMs: 2 })));
    const tiles = tilesOf(withScreen);
    expect(stageOf(tiles, withScreen, "auto", null)?.id).toBe("a/screen");
    expect(stageOf(tiles, withScreen, "grid", null)).toBeNull();
    expect(stageOf(tiles, withScreen, "grid", "b")?.id).toBe("b");
    const plain = after(others(person("a"), person("b")), { type: "speakers", participants: ["b"] });
    expect(stageOf(tilesOf(plain), plain, "auto", null)).toBeNull();
    expect(stageOf(tilesOf(plain), plain, "speaker", null)?.id).toBe("b");
    expect(stageOf(tilesOf(plain), plain, "speaker", "gone")?.id).toBe("b");
  });

  it("have initials in both scripts", () => {
    expect(initials("欧阳修远")).toBe("修远");
    expect(initials("ada lovelace")).toBe("AL");
    expect(initials("无人机-01")).toBe("人机");
    expect(initials("  ")).toBe("?");
  });
});

describe("the store", () => {
  it("tells only of changes", () => {
    const store = new Store({ a: 1, b: 2 });
    const heard = vi.fn();
    const stop = store.subscribe(heard);
    store.set(store.get());
    expect(heard).not.toHaveBeenCalled();
    store.patch({ a: 3 });
    expect(store.get()).toEqual({ a: 3, b: 2 });
    stop();
    store.patch({ a: 4 });
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
