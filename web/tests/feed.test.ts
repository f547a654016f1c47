import { describe, expect, it } from "vitest";
import { DICTIONARIES } from "../src/i18n/language";
import { ageNow, moves, spanOf, toneOf, type Heard } from "../src/model/feed";
import { EMPTY_ROOM, fold, noticesOf, type RoomView } from "../src/model/room";
import { stateOf, tilesOf } from "../src/model/tiles";
import { decode } from "../src/protocol/decode";
import { SERVER_SHAPES, type Feed, type Participant, type ServerMessage, type SourceNumbers } from "../src/protocol/generated";
import { agoWords, clockWords, tileWords, transcodingWords } from "../src/ui/shared/feedText";
import { wishesFor } from "../src/ui/meeting/wishes";
import { person, track, welcome } from "./people";

const SHAPE = SERVER_SHAPES.joined.fields.participant.fields.feed.optional.anyOf[0].fields;
const { zh, en } = DICTIONARIES;

const feed = (change: Partial<Feed> = {}): Feed => ({
  source: "s",
  kind: "rtsp",
  state: "live",
  cause: null,
  sinceMs: 0,
  transcoding: [],
  ...change,
});

const camera = (change: Partial<Feed> = {}, tracks = [track("v")]): Participant =>
  person("cam", { kind: "source", feed: feed(change), tracks });

const numbers = (change: Partial<SourceNumbers> = {}): SourceNumbers => ({
  participant: "cam",
  bitrateBps: 1,
  fps: 25,
  width: 1,
  height: 1,
  videoCodec: "h264",
  audioCodec: "",
  pictureAgeMs: 40,
  contentAgeMs: 40,
  ...change,
});

const heard = (change: Partial<Heard> = {}): Heard => ({ ...numbers(), atMs: 1_000, ...change });

const room = (who: Participant, ...messages: ServerMessage[]): RoomView =>
  [welcome({ participants: [person("me"), who] }), ...messages].reduce((view, message) => fold(view, message, 1_000), EMPTY_ROOM);

const stateIn = (who: Participant, ...messages: ServerMessage[]): string => {
  const view = room(who, ...messages);
  const tile = tilesOf(view).find((one) => one.id === "cam");
  return tile ? stateOf(tile, view, true) : "no tile";
};

describe("words", () => {
  it("exist in both languages for every kind, state, cause and reason", () => {
    for (const { feed: words } of [zh, en]) {
      expect(Object.keys(words.kinds).sort()).toEqual([...SHAPE.kind.oneOf].sort());
      expect(Object.keys(words.short).sort()).toEqual([...SHAPE.kind.oneOf].sort());
      expect(Object.keys(words.states).sort()).toEqual([...SHAPE.state.oneOf].sort());
      expect(Object.keys(words.causes).sort()).toEqual([...SHAPE.cause.anyOf[0].oneOf].sort());
      expect(Object.keys(words.transcoding).sort()).toEqual([...SHAPE.transcoding.list.oneOf].sort());
    }
  });

  it("make a sentence of every state, each another one", () => {
    for (const [language, text] of Object.entries(DICTIONARIES)) {
      const now = { heard: heard(), nowMs: 1_000, clockOffsetMs: 0, language: language as "zh" | "en" };
      const all = SHAPE.state.oneOf.map((state) => tileWords(text, feed({ state, sinceMs: 500 }), now));
      expect(new Set(all).size).toBe(SHAPE.state.oneOf.length);
      expect(all.every((words) => words.length > 1)).toBe(true);
    }
  });

  it("tell how long a picture has been frozen, ticking on between two messages", () => {
    const frozen = feed({ state: "frozen" });
    const now = { heard: heard({ contentAgeMs: 12_000 }), clockOffsetMs: 0, language: "zh" as const };
    expect(tileWords(zh, frozen, { ...now, nowMs: 1_000 })).toBe("画面已冻结 · 最后更新 12 秒前");
    expect(tileWords(zh, frozen, { ...now, nowMs: 3_000 })).toBe("画面已冻结 · 最后更新 14 秒前");
  });

  it("tell since when a source is offline", () => {
    const sinceMs = new Date(2026, 10, 22, 10, 32).getTime();
    const nowMs = new Date(2026, 10, 22, 11, 0).getTime();
    const now = { heard: null, nowMs, clockOffsetMs: 0 };
    expect(tileWords(zh, feed({ state: "offline", sinceMs }), { ...now, language: "zh" })).toBe("离线 · 自 10:32 起");
    expect(tileWords(en, feed({ state: "offline", sinceMs }), { ...now, language: "en" })).toBe("Offline since 10:32");
    expect(clockWords(sinceMs, nowMs + 86_400_000, "zh")).toMatch(/11.22.*10:32/);
  });

  it("name every reason of a re-encoding", () => {
    expect(transcodingWords(en, ["h265", "audio-codec"])).toBe(`${en.feed.transcoding.h265} · ${en.feed.transcoding["audio-codec"]}`);
  });
});

describe("the age of a picture", () => {
  it.each([
    [0, "刚刚"],
    [999, "刚刚"],
    [1_000, "1 秒前"],
    [59_999, "59 秒前"],
    [95_000, "1 分钟前"],
    [7_200_000, "2 小时前"],
    [172_800_000, "2 天前"],
    [null, "还没有画面"],
  ])("%s ms is %s", (ms, words) => {
    expect(agoWords(zh, ms)).toBe(words);
  });

  it("is never negative", () => {
    expect(spanOf(-5)).toEqual({ unit: "seconds", count: 0 });
  });

  it("does not grow while pictures come and messages are in time", () => {
    const at = (nowMs: number): number | null => ageNow(heard(), feed(), nowMs, 0);
    expect(at(1_000)).toBe(40);
    expect(at(3_400)).toBe(40);
    expect(at(13_500)).toBe(10_040);
  });

  it("is that of the last new content when the picture froze, and of the last picture without that", () => {
    const frozen = feed({ state: "frozen" });
    expect(ageNow(heard({ contentAgeMs: 9_000 }), frozen, 1_500, 0)).toBe(9_500);
    expect(ageNow(heard({ contentAgeMs: null }), frozen, 1_000, 0)).toBe(40);
  });

  it("comes from the state's beginning, by the server's clock, when nothing was measured", () => {
    expect(ageNow(null, feed({ state: "offline", sinceMs: 2_000 }), 1_000, 4_000)).toBe(3_000);
    expect(ageNow(null, feed({ state: "connecting", sinceMs: 2_000 }), 1_000, 4_000)).toBeNull();
  });
});

describe("a source in the room", () => {
  it("shows a picture only in states in which pictures come", () => {
    for (const state of SHAPE.state.oneOf) {
      expect(stateIn(camera({ state }))).toBe(moves(state) ? "picture" : "feed");
      expect(["good", "warning"].includes(toneOf(state))).toBe(moves(state));
    }
  });

  it("shows no old picture as a live one", () => {
    const view = room(camera());
    const tile = tilesOf(view).find((one) => one.id === "cam");
    expect(tile && stateOf(tile, view, true, true)).toBe("stuck");
    expect(stateIn(camera(), { type: "layer", track: "v", layer: null, temporal: 0, reason: "waiting-keyframe" })).toBe("waiting");
    expect(stateIn(camera({}, [track("v", { receiving: false })]))).toBe("no-signal");
  });

  it("says that a host holds it back, whatever its state", () => {
    expect(stateIn(camera({}, [track("v", { blocked: true })]))).toBe("blocked");
    expect(stateIn(camera({ state: "frozen" }, [track("v", { blocked: true })]))).toBe("blocked");
  });

  it("takes no tile before its first media, and one on standby asks for its picture", () => {
    expect(stateIn(camera({ state: "waiting" }, []))).toBe("no tile");
    const view = room(camera({ state: "standby" }, [track("v", { receiving: false })]));
    const places = new Map([["cam", { x: 0, y: 0, width: 320, height: 180 }]]);
    expect(wishesFor(view, tilesOf(view), places, null, 1).get("v")).toMatchObject({ width: 320, height: 180 });
  });

  it("keeps its numbers until the next ones, or until it leaves", () => {
    const told: ServerMessage = { type: "sources", sources: [numbers({ fps: 12 })] };
    const view = room(camera(), told);
    expect(view.numbers.get("cam")).toMatchObject({ fps: 12, atMs: 1_000 });
    expect(fold(view, { type: "sources", sources: [] }, 0).numbers.size).toBe(0);
    expect(fold(view, { type: "left", participant: "cam", reason: "removed" }, 0).numbers.size).toBe(0);
    expect(noticesOf(view, told)).toEqual([]);
  });

  it("tells when holding it back was refused", () => {
    const text = { zh: "不行", en: "no" };
    const refused: ServerMessage = { type: "refused", code: "not-allowed", text, about: "block" };
    expect(noticesOf(EMPTY_ROOM, refused)).toEqual([{ kind: "refused", text }]);
  });

  it("is decoded with its feed, and a feed of unknown state is refused", () => {
    const message = { type: "joined", participant: camera() };
    expect(decode(JSON.stringify(message))).toEqual(message);
    expect(decode(JSON.stringify({ type: "joined", participant: { ...camera(), feed: feed({ state: "odd" as "live" }) } }))).toBeNull();
  });
});
