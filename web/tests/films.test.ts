import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FilmsApi, FilmsWatch, filmUrl, readFilm } from "../src/app/recordings-films";
import { ApiError } from "../src/app/rest";
import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";
import type { Film } from "../src/model/film";
import { chosenScene, FILM_FORM, formOf, partFault, readClock, wishOf } from "../src/ui/recordings/films/form";
import { clockWords } from "../src/ui/recordings/describe";
import { remainingWords, titleOf } from "../src/ui/recordings/films/words";
import { FakeClock, settle } from "./fakes";

const film = (change: object = {}): Film => readFilm({ id: "film-1", state: "making", kind: "asked", layout: "grid", height: 720, fps: 25, askedAt: "1970-01-01T00:00:05Z", ...change });
const EXTENT = { fromMs: 1_000_000, untilMs: 1_000_000 + 600_000 };

describe("what the server tells of a film", () => {
  it("is read into the page's own shape", () => {
    const read = film({ percent: 140, remainingS: 12.5, reason: { zh: "满", en: "full" }, fromMs: 3, sound: "opus", clock: false });
    expect(read).toMatchObject({ percent: 100, remainingS: 12.5, reason: { zh: "满", en: "full" }, askedAtMs: 5_000, readyAtMs: null });
    expect(read).toMatchObject({ fromMs: 3, untilMs: null, sound: "opus", labels: true, clock: false, layout: "grid" });
  });

  it("survives an answer of a newer server", () => {
    expect(film({ state: "dreaming", kind: "drawn", layout: "free", percent: "x" })).toMatchObject({ state: "failed", kind: "asked", layout: null, percent: 0 });
  });
});

describe("the calls", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("name what they do, and leave out what is not wished for", async () => {
    const calls: unknown[][] = [];
    vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
      calls.push([init.method, path, typeof init.body === "string" ? JSON.parse(init.body) : null]);
      return Promise.resolve(new Response(JSON.stringify({ films: [{ id: "a", askedAt: "1970-01-01T00:00:01Z" }, { id: "b", askedAt: "1970-01-01T00:00:02Z" }] })));
    });
    const api = new FilmsApi("key", "rec/1");
    expect((await api.list()).map(({ id }) => id)).toEqual(["b", "a"]);
    await api.make(wishOf(FILM_FORM, EXTENT, "zh-CN"));
    await api.remove("film-2");
    const look = { layout: "speaker", width: 1920, height: 1080, fps: 25, preset: "superfast", sound: "aac", labels: true, clock: true };
    const utcOffsetMin = 0 - new Date(EXTENT.fromMs).getTimezoneOffset();
    expect(calls).toEqual([
      ["GET", "/api/v1/recordings/rec%2F1/films", null],
      ["POST", "/api/v1/recordings/rec%2F1/films", { ...look, language: "zh-CN", utcOffsetMin }],
      ["DELETE", "/api/v1/recordings/rec%2F1/films/film-2", null],
    ]);
    expect(filmUrl("r", "f", "a+b")).toBe("/api/v1/recordings/r/films/f/file?ticket=a%2Bb");
    expect(filmUrl("r", "f", "t", true)).toBe("/api/v1/recordings/r/films/f/file?download=1&ticket=t");
  });
});

describe("a wall's scene", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  const scenes = [{ id: "sc-1", name: "早会" }, { id: "sc-2", name: "演练" }];

  it("is one of the recording's room", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
      asked.push(path);
      const answer = path.endsWith("/scenes") ? { scenes: [...scenes.map((one) => ({ ...one, version: 2 })), { name: "?" }] } : { room: "指挥 1" };
      if (init.method === "POST") asked.push(String((JSON.parse(init.body as string) as { scene: unknown }).scene));
      return Promise.resolve(new Response(JSON.stringify(answer)));
    });
    const api = new FilmsApi("key", "rec");
    expect(await api.scenes()).toEqual(scenes);
    await api.make(wishOf({ ...FILM_FORM, layout: "scene", scene: "sc-2" }, EXTENT, "zh-CN", scenes));
    expect(asked).toEqual(["/api/v1/recordings/rec", "/api/v1/rooms/%E6%8C%87%E6%8C%A5%201/scenes", "/api/v1/recordings/rec/films", "sc-2"]);
  });

  it("is the first one until somebody chooses, and none with another layout", () => {
    expect(chosenScene("", scenes)).toBe("sc-1");
    expect(chosenScene("sc-2", scenes)).toBe("sc-2");
    expect(chosenScene("sc-gone", scenes)).toBe("sc-1");
    expect(wishOf({ ...FILM_FORM, scene: "sc-2" }, EXTENT, "en", scenes).scene).toBeNull();
  });

  it("names its film, and another try begins with it", () => {
    const made = film({ layout: "scene", scene: { id: "sc-2", name: "演练", version: 3 } });
    expect(titleOf(zh, made)).toContain("大屏布局“演练”");
    expect(titleOf(en, made)).toContain("Wall scene “演练”");
    expect(formOf(made, EXTENT)).toMatchObject({ layout: "scene", scene: "sc-2" });
    expect(film({ layout: "grid", scene: null }).scene).toBeNull();
  });
});

describe("the watch of the films", () => {
  function watch(list: () => Promise<readonly Film[]>) {
    const clock = new FakeClock();
    let asked = 0;
    const made = new FilmsWatch({
      clock,
      list: () => {
        asked += 1;
        return list();
      },
    });
    made.start();
    return { clock, made, asked: () => asked };
  }

  it("asks every second while one is being made, and seldom otherwise", async () => {
    let films: readonly Film[] = [film()];
    const { clock, asked, made } = watch(() => Promise.resolve(films));
    for (const expected of [1, 2, 3]) {
      await settle();
      expect(asked()).toBe(expected);
      if (expected === 2) films = [film({ state: "ready" })];
      clock.advance(1_000);
    }
    await settle();
    expect(asked()).toBe(3);
    clock.advance(9_000);
    await settle();
    expect(asked()).toBe(4);
    expect(made.state.get().films?.[0]?.state).toBe("ready");
    made.stop();
    expect(clock.waiting).toBe(0);
  });

  it("keeps what it knows while the server is away, asks ever more seldom, and never again without the right", async () => {
    let failure: ApiError | null = null;
    const { clock, asked, made } = watch(() => (failure ? Promise.reject(failure) : Promise.resolve([film()])));
    await settle();
    failure = new ApiError("offline", null, 0);
    clock.advance(1_000);
    await settle();
    expect([made.state.get().films?.length, made.state.get().failure]).toEqual([1, failure]);
    clock.advance(1_000);
    await settle();
    expect(asked()).toBe(2);
    failure = new ApiError("unauthorized", null, 401);
    clock.advance(1_000);
    await settle();
    expect([asked(), clock.waiting]).toEqual([3, 0]);
  });
});

describe("the form", () => {
  it("reads times as people type them", () => {
    expect(["1:02:03", "2:03", "123", " 0：05 ", "1:60", "x", "", "1:2:3:4", "-1"].map(readClock)).toEqual([3_723_000, 123_000, 123_000, 5_000, null, null, null, null, null]);
    fc.assert(
      fc.property(fc.nat(200_000), (s) => {
        expect(readClock(clockWords(s * 1000))).toBe(s * 1000);
      }),
    );
  });

  it("says what is wrong with a part", () => {
    const fault = (from: string, until: string): string | null => partFault({ ...FILM_FORM, part: true, from, until }, EXTENT);
    expect(fault("0:00", "10:00")).toBeNull();
    expect([fault("10:00", "10:00"), fault("0:00", "11:00"), fault("5:00", "4:00"), fault("", "1:00"), fault("0:00", "")]).toEqual(["from", "until", "order", "from", "until"]);
    expect(partFault({ ...FILM_FORM, from: "x" }, EXTENT)).toBeNull();
  });

  it("wishes for times of the recording, never beyond its end", () => {
    const wish = wishOf({ ...FILM_FORM, part: true, from: "1:00", until: "10:00", height: 720 }, { ...EXTENT, untilMs: EXTENT.untilMs - 500 }, "en");
    expect(wish).toMatchObject({ width: 1280, height: 720, fromMs: 1_060_000, untilMs: 1_599_500, language: "en" });
  });

  it("of another try asks for the same again", () => {
    const whole = formOf(film({ fromMs: EXTENT.fromMs, untilMs: EXTENT.untilMs, preset: "veryfast", labels: false }), EXTENT);
    expect(whole).toEqual({ ...FILM_FORM, layout: "grid", height: 720, preset: "veryfast", labels: false });
    const part = formOf(film({ fromMs: EXTENT.fromMs + 60_000, untilMs: EXTENT.fromMs + 90_000 }), EXTENT);
    expect(part).toMatchObject({ part: true, from: "1:00", until: "1:30" });
  });
});

describe("words about a film", () => {
  it("say what it is and how long it still takes, in both languages", () => {
    expect(titleOf(zh, film())).toBe("等分宫格 · 720p 25 帧");
    expect(titleOf(en, film({ kind: "live", layout: "free" }))).toBe("Live · Own layout · 720p 25 fps");
    expect(titleOf(en, film({ kind: "found" }))).toBe("Film found on the disk");
    expect(remainingWords(zh, film())).toBe("正在估算剩余时间");
    expect(remainingWords(zh, film({ remainingS: 12.2 }))).toBe("还需约 13 秒");
    expect(remainingWords(en, film({ remainingS: 61 }))).toBe("about 2 min left");
  });
});
