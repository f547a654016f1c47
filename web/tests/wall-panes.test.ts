import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wallEn } from "../src/i18n/en-wall";
import { wallZh } from "../src/i18n/zh-wall";
import type { Feed, Participant } from "../src/protocol/generated";
import { canvasIn, placePanes } from "../src/ui/panes/place";
import { seenOf, truthOf, type Drawn } from "../src/ui/panes/truth";
import { mergeWishes, paneWishes } from "../src/ui/panes/wishes";
import { ageWords, countdownWords, paneWords, sinceWords } from "../src/ui/panes/words";
import { person, track } from "./people";
import { gridOf, pane, roomWith } from "./wall-made";

const side = fc.integer({ min: 1, max: 8_000 });

describe("the place of panes", () => {
  it("keeps the canvas whole, in its shape and in the middle", () => {
    fc.assert(
      fc.property(side, side, side, side, (width, height, boxWidth, boxHeight) => {
        const place = canvasIn({ width, height }, { width: boxWidth, height: boxHeight });
        expect(place.x).toBeGreaterThanOrEqual(0);
        expect(place.x + place.width).toBeLessThanOrEqual(boxWidth);
        expect(place.y + place.height).toBeLessThanOrEqual(boxHeight);
        expect(Math.min(Math.abs(place.width - boxWidth), Math.abs(place.height - boxHeight))).toBeLessThanOrEqual(1);
        expect(Math.abs(place.width * height - place.height * width)).toBeLessThanOrEqual(Math.max(width, height));
      }),
    );
  });

  it("lets panes that touch touch, without a gap and without a common pixel", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), side, side, (count, width, height) => {
        const places = placePanes(gridOf(count), { width: 3840, height: 2160 }, { width, height });
        const whole = canvasIn({ width: 3840, height: 2160 }, { width, height });
        const area = [...places.values()].reduce((sum, one) => sum + one.width * one.height, 0);
        expect(area).toBe(whole.width * whole.height);
      }),
    );
  });

  it("gives a box without size no panes of any size", () => {
    const places = placePanes(gridOf(2), { width: 16, height: 9 }, { width: 0, height: 0 });
    expect([...places.values()].every((one) => one.width === 0 && one.height === 0)).toBe(true);
  });
});

/** What the server sends: the smallest layer with 85 % of the wanted pixels, fitted inside, else the largest. */
function sent(wish: { width: number; height: number }, camera: { width: number; height: number }): number {
  const layers = [4, 2, 1].map((divisor) => ({ width: camera.width / divisor, height: camera.height / divisor }));
  const enough = (one: { width: number; height: number }): boolean =>
    one.width ** 2 >= wish.width ** 2 * 0.85 || one.height ** 2 >= wish.height ** 2 * 0.85;
  const chosen = layers.find(enough) ?? layers[2];
  return chosen ? chosen.width * chosen.height : 0;
}

describe("the wishes of panes", () => {
  const people = Array.from({ length: 16 }, (_, at) => person(`p${String(at)}`, { tracks: [track(`t${String(at)}`)] }));

  it("bring a wall of equal panes at most 1.3 times its pixels, whatever its size and the cameras'", () => {
    const cameras = [360, 480, 720, 1080, 1440, 2160];
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 720, max: 4320 }), fc.constantFrom(...cameras), (count, lines, camera) => {
        const box = { width: Math.round((lines * 16) / 9), height: lines };
        const panes = gridOf(count, (index) => ({ shows: `p${String(index % 16)}` }));
        const places = placePanes(panes, { width: 3840, height: 2160 }, box);
        const wishes = paneWishes(panes.slice(0, 16), places, roomWith(people), 1, 0);
        const shown = panes.slice(0, 16).reduce((sum, { index }) => {
          const place = places.get(index);
          return place && wishes.get(`t${String(index)}`)?.width ? sum + place.width * place.height : sum;
        }, 0);
        const smallest = ((camera / 4) * (camera * 16)) / 9 / 4;
        const pixels = [...wishes.values()]
          .filter((one) => one.width > 0)
          .reduce((sum, one) => sum + sent(one, { width: (camera * 16) / 9, height: camera }), 0);
        const many = [...wishes.values()].filter((one) => one.width > 0).length;
        // Less than the smallest layer cannot be sent.
        expect(pixels).toBeLessThanOrEqual(Math.max(shown * 1.31, smallest * many * 1.01));
      }),
    );
  });

  it("ask for a large pane in full, and for device pixels", () => {
    const panes = [pane(0, { shows: "p0" })];
    const places = placePanes(panes, { width: 16, height: 9 }, { width: 1600, height: 900 });
    expect(paneWishes(panes, places, roomWith(people), 2, 0).get("t0")).toMatchObject({ width: 3200, height: 1800 });
  });

  it("name every picture of the others, those not shown as hidden", () => {
    const panes = [pane(0, { shows: "p1" })];
    const places = placePanes(panes, { width: 16, height: 9 }, { width: 1600, height: 900 });
    const wishes = paneWishes(panes, places, roomWith([...people, person("me", { tracks: [track("mine")] })]), 1, 0);
    expect(wishes.size).toBe(16);
    expect([...wishes].filter(([, one]) => one.width > 0).map(([id]) => id)).toEqual(["t1"]);
    expect(paneWishes(panes, places, roomWith(people), 0, 0).get("t1")?.width).toBe(0);
    const locked = [pane(0, { shows: "p1", state: "locked" })];
    expect(paneWishes(locked, places, roomWith(people), 1, 0).get("t1")?.width).toBe(0);
  });

  it("ask for the picture of the next turn shortly before it, not earlier", () => {
    const panes = [pane(0, { shows: "p0", next: "p1", nextAtMs: 20_000 })];
    const places = placePanes(panes, { width: 16, height: 9 }, { width: 1600, height: 900 });
    const at = (nowMs: number): number => paneWishes(panes, places, roomWith(people), 1, nowMs).get("t1")?.width ?? 0;
    expect(at(16_000)).toBe(0);
    expect(at(17_000)).toBe(1600);
    expect(at(20_500)).toBe(1600);
  });

  it("take the larger one where a picture stands twice, also of two views", () => {
    const panes = gridOf(2, () => ({ shows: "p0" }));
    const places = new Map([
      [0, { x: 0, y: 0, width: 100, height: 100 }],
      [1, { x: 0, y: 0, width: 300, height: 50 }],
    ]);
    expect(paneWishes(panes, places, roomWith(people), 1, 0).get("t0")).toMatchObject({ width: 300, height: 100 });
    const merged = mergeWishes(new Map([["a", { width: 1, height: 9, priority: 2 }]]), new Map([["a", { width: 4, height: 2, priority: 1 }]]));
    expect(merged.get("a")).toEqual({ width: 4, height: 9, priority: 2 });
  });
});

const feed = (change: Partial<Feed> = {}): Feed => ({ source: "s", kind: "rtsp", state: "live", cause: null, sinceMs: 0, transcoding: [], ...change });
const drawn = (newestMs: number): Drawn => ({ key: "t", newestMs, width: 640, height: 360, fps: 15 });
const NOW = 1_000_000;

describe("what a pane says", () => {
  const of = (who: Partial<Participant>, picture: Drawn | null = drawn(NOW - 40), link: "joined" | "reconnecting" = "joined") =>
    truthOf(pane(0, { shows: "a" }), roomWith([person("a", { tracks: [track("t")], ...who })]), link, picture, NOW);

  it("is live only while new pictures come to this very page", () => {
    expect(of({}).state).toBe("live");
    expect(of({}, drawn(NOW - 2_900)).state).toBe("live");
    expect(of({}, drawn(NOW - 3_000))).toMatchObject({ state: "frozen", ageMs: 3_000, fps: 0 });
    expect(of({}, null).state).toBe("waiting");
    expect(of({}, { ...drawn(NOW), key: "other" }).state).toBe("waiting");
  });

  it("never calls a picture live that the server knows to be old", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("disabled", "standby", "waiting", "connecting", "frozen", "offline", "unreachable", "unsupported"),
        fc.integer({ min: 0, max: 10_000 }),
        (state, ageMs) => {
          const truth = of({ kind: "source", feed: feed({ state: state as Feed["state"], sinceMs: NOW - 60_000 }) }, drawn(NOW - ageMs));
          expect(["live", "slow"]).not.toContain(truth.state);
        },
      ),
    );
  });

  it("tells the age of a frozen source by the server, who sees the same picture come again and again", () => {
    const truth = of({ kind: "source", feed: feed({ state: "frozen", sinceMs: NOW - 9_000 }) }, drawn(NOW));
    expect(truth).toMatchObject({ state: "frozen", ageMs: 9_000 });
  });

  it("says reconnecting when this page or they lost the way, but not while pictures still come", () => {
    expect(of({}, drawn(NOW - 100), "reconnecting").state).toBe("live");
    expect(of({}, drawn(NOW - 1_200), "reconnecting").state).toBe("reconnecting");
    expect(of({}, null, "reconnecting").state).toBe("reconnecting");
    expect(of({ presence: "reconnecting" }, drawn(NOW - 1_200)).state).toBe("reconnecting");
  });

  it("shows nothing of what a host stopped or a camera that is off", () => {
    expect(of({ tracks: [track("t", { blocked: true })] })).toMatchObject({ state: "held", key: null, ageMs: null });
    expect(of({ tracks: [track("t", { muted: true })] }).state).toBe("no-video");
    expect(of({ tracks: [] }).state).toBe("no-video");
  });

  it("says why a picture is paused", () => {
    const view = roomWith([person("a", { tracks: [track("t")] })], { layers: new Map([["t", { layer: null, reason: "bandwidth" }]]) });
    expect(truthOf(pane(0, { shows: "a" }), view, "joined", drawn(NOW - 9_000), NOW).state).toBe("paused");
  });

  it("knows panes without a picture", () => {
    const state = (change: Parameters<typeof pane>[1]): string => truthOf(pane(0, change), roomWith([]), "joined", null, NOW).state;
    expect(state({ state: "locked", shows: "a" })).toBe("locked");
    expect(state({ state: "absent" })).toBe("absent");
    expect(state({ shows: "gone" })).toBe("absent");
    expect(state({ state: "empty", content: { kind: "nothing" } })).toBe("empty");
    expect(state({ content: { kind: "clock" } })).toBe("content");
  });

  it("is reported in the protocol's words", () => {
    expect(seenOf(3, of({}))).toEqual({ pane: 3, state: "live", width: 640, height: 360, fps: 15, ageMs: 40 });
    expect(seenOf(3, of({}, drawn(NOW - 5_000))).state).toBe("frozen");
    expect(seenOf(3, of({}, null))).toMatchObject({ state: "waiting", ageMs: null });
  });
});

describe("the words of panes", () => {
  it("are the same keys in both languages, and none is empty but where nothing is to be said", () => {
    const keys = (value: unknown, path = ""): string[] =>
      typeof value === "object" && value !== null ? Object.entries(value).flatMap(([key, one]) => keys(one, `${path}.${key}`)) : [path];
    expect(keys(wallEn)).toEqual(keys(wallZh));
    expect(JSON.stringify(wallEn)).not.toMatch(/\p{Script=Han}/u);
  });

  it("count down to the second and over days", () => {
    const zh = paneWords("zh");
    expect(countdownWords(zh, 10_000, 6_100)).toBe("00:00:04");
    expect(countdownWords(zh, 90_061_000, 0)).toBe("1 天 01:01:01");
    expect(countdownWords(paneWords("en"), 5_000, 5_000)).toBeNull();
    expect(ageWords(zh, 400)).toBe("<1 秒");
    expect(ageWords(zh, 61_000)).toBe("1 分");
  });

  it("tell the day of another day", () => {
    const at = new Date(2026, 10, 20, 9, 7, 5).getTime();
    expect(sinceWords(at, at + 60_000)).toBe("09:07");
    expect(sinceWords(at, at + 2 * 86_400_000)).toBe("11-20 09:07");
  });
});
