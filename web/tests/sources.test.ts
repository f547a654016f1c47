import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../src/app/rest";
import { readHistory, readSource, readTest } from "../src/app/read-sources";
import { SourcesApi } from "../src/app/sources-api";
import { SourcesWatch } from "../src/app/sources-watch";
import { ffmpegCommand, isRtspAddress, takeCredentials } from "../src/model/push";
import { arrangeSources, countGroups, GROUPS, groupOf, NO_FILTER, steadyEvents, type Push, type Source, type SourceEvent } from "../src/model/sources";
import { SERVER_SHAPES, type FeedState } from "../src/protocol/generated";
import { DICTIONARIES } from "../src/i18n/language";
import { detailWords } from "../src/ui/shared/feedText";
import { codecName, figures } from "../src/ui/shared/figures";
import { accessOf, draftOf, EMPTY_FIELDS, problemOf, sameAccess, withAddress } from "../src/ui/sources/form";
import { FakeClock, settle } from "./fakes";

const STATES: readonly FeedState[] = SERVER_SHAPES.joined.fields.participant.fields.feed.optional.anyOf[0].fields.state.oneOf;

const json = (change: object = {}): object => ({
  id: "s1",
  name: "Dam",
  kind: "rtsp",
  rooms: ["r1"],
  enabled: true,
  address: "rtsp://10.0.0.1/a",
  username: "admin",
  hasPassword: true,
  transport: "tcp",
  onDemand: false,
  createdAt: "2026-01-01T00:00:00Z",
  status: {
    state: "frozen",
    cause: null,
    since: "1970-01-01T00:00:05Z",
    text: { zh: "静止", en: "Frozen" },
    transcoding: ["viewer", "nonsense", "b-frames"],
    transcodingText: null,
  },
  measured: { bitrateBps: 1, fps: 25, width: 2, height: 3, videoCodec: "h264", audioCodec: "", pictureAgeMs: 4, contentAgeMs: null },
  viewers: 2,
  push: null,
  ...change,
});

const source = (id: string, state: FeedState, change: Partial<Source> = {}): Source => ({
  ...readSource(json({ id, name: id, status: { state, transcoding: [] } })),
  ...change,
});

const PUSH: Push = {
  url: "rtmp://h:1935/live",
  key: "k",
  stream: "k",
  full: "rtmp://h:1935/live/k",
  fullTls: null,
  expiresAtMs: null,
  revoked: false,
};

describe("what the server tells of a source", () => {
  it("is read into the page's own shape", () => {
    expect(readSource(json())).toMatchObject({
      id: "s1",
      kind: "rtsp",
      hasPassword: true,
      transport: "tcp",
      onDemand: false,
      status: { state: "frozen", sinceMs: 5_000, text: { zh: "静止", en: "Frozen" } },
      measured: { fps: 25, pictureAgeMs: 4, contentAgeMs: null },
      push: null,
    });
    expect([...readSource(json()).status.transcoding].sort()).toEqual(["b-frames", "viewer"]);
  });

  it("keeps the address and key of one that pushes", () => {
    const push = { ...PUSH, expiresAt: "1970-01-02T00:00:00Z", fullTls: "rtmps://h/live/k", revoked: true };
    expect(readSource(json({ kind: "rtmp", push })).push).toEqual({
      ...PUSH,
      fullTls: "rtmps://h/live/k",
      expiresAtMs: 86_400_000,
      revoked: true,
    });
  });

  it("survives an answer of a newer server", () => {
    const read = readSource({ id: "x", status: { state: "dreaming", cause: "moon" } });
    expect(read).toMatchObject({ rooms: [], measured: null, status: { state: "connecting", cause: null, sinceMs: null } });
  });

  it("gives every step of the past its end", () => {
    const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
    const events = [
      { at: at(30), state: "live", cause: null, text: { zh: "好", en: "ok" }, detail: "" },
      { at: at(10), state: "offline", cause: "publisher-left", text: { zh: "停", en: "off" }, detail: "FIN" },
    ];
    expect(readHistory({ events }).map(({ atMs, untilMs, cause }) => [atMs, untilMs, cause])).toEqual([
      [30_000, null, null],
      [10_000, 30_000, "publisher-left"],
    ]);
  });

  it("leaves out what lasted no second and became the same with a better reason", () => {
    const step = (state: FeedState, atMs: number, untilMs: number | null): SourceEvent => ({ state, atMs, untilMs, cause: null, text: null, detail: "" });
    const [gone, unsure, live] = [step("offline", 9_100, null), step("offline", 9_000, 9_100), step("live", 1_000, 9_000)];
    expect(steadyEvents([gone, unsure, live])).toEqual([gone, live]);
    const brief = step("live", 8_500, 9_000);
    expect(steadyEvents([gone, brief]), "another state is told however short").toEqual([gone, brief]);
    const long = step("offline", 1_000, 9_100);
    expect(steadyEvents([gone, long])).toEqual([gone, long]);
  });

  it("has its reasons for transcoding put into words, and no others", () => {
    const { zh } = DICTIONARIES;
    expect(detailWords(zh, "b-frames audio-codec")).toBe(`转码中 · ${zh.feed.transcoding["b-frames"]} · ${zh.feed.transcoding["audio-codec"]}`);
    expect(detailWords(zh, "refused key-invalid from 10.0.0.7")).toBe("refused key-invalid from 10.0.0.7");
  });

  it("takes a picture only as base64", () => {
    expect(readTest({ ok: true, state: "live", thumbnail: "QUJD", tookMs: 5 }).thumbnail).toBe("data:image/jpeg;base64,QUJD");
    expect(readTest({ ok: true, thumbnail: 'x" onload="alert(1)' }).thumbnail).toBeNull();
  });
});

describe("the calls", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  function server(status: number, answer: unknown): { method: string; path: string; body: unknown; key: string }[] {
    const calls: { method: string; path: string; body: unknown; key: string }[] = [];
    vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
      const headers = init.headers as Record<string, string>;
      const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
      calls.push({ method: init.method ?? "GET", path, body, key: headers["Authorization"] ?? "" });
      return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(answer), { status }));
    });
    return calls;
  }

  const api = new SourcesApi("secret");

  it("create a camera with how it is reached, and others without", async () => {
    const calls = server(201, json());
    const fields = { ...EMPTY_FIELDS, name: " Dam ", rooms: ["r"], audience: "hosts" as const, address: " rtsp://h/ ", username: "u", password: "p" };
    await api.create("rtsp", draftOf("rtsp", fields, false));
    await api.create("srt", draftOf("srt", fields, false));
    const camera = { address: "rtsp://h/", username: "u", password: "p", transport: "auto", onDemand: true };
    expect(calls).toEqual([
      { method: "POST", path: "/api/v1/sources", body: { kind: "rtsp", name: "Dam", rooms: ["r"], audience: "hosts", ...camera }, key: "Bearer secret" },
      { method: "POST", path: "/api/v1/sources", body: { kind: "srt", name: "Dam", rooms: ["r"], audience: "hosts" }, key: "Bearer secret" },
    ]);
  });

  it("keep the saved password when none is typed, and clear none by accident", async () => {
    const calls = server(200, json());
    await api.change("a/b", draftOf("rtsp", { ...EMPTY_FIELDS, name: "n", address: "rtsp://h" }, true));
    expect(calls[0]).toMatchObject({ method: "PATCH", path: "/api/v1/sources/a%2Fb" });
    expect(calls[0]?.body).not.toHaveProperty("password");
    expect(accessOf(EMPTY_FIELDS, false)).toHaveProperty("password", "");
  });

  it("tell when a new key ends", async () => {
    const calls = server(200, json());
    await api.rotateKey("s", 86_400_000);
    await api.rotateKey("s", null);
    expect(calls.map(({ path, body }) => [path, body])).toEqual([
      ["/api/v1/sources/s/key", { expiresAt: "1970-01-02T00:00:00.000Z" }],
      ["/api/v1/sources/s/key", {}],
    ]);
  });

  it("find the participant that a source is in a room", async () => {
    server(200, { participants: [{ id: "p1", feed: null }, { id: "p2", feed: { source: "s1" } }] });
    expect(await api.participant("s1", "r")).toBe("p2");
    expect(await api.participant("s2", "r")).toBeNull();
  });

  it("bring the server's own words for a refusal", async () => {
    server(403, { code: "address-not-allowed", text: { zh: "不允许", en: "no" } });
    await expect(api.test(accessOf(EMPTY_FIELDS, false))).rejects.toMatchObject({ code: "address-not-allowed", text: { zh: "不允许" } });
  });
});

describe("the watch", () => {
  interface Bench {
    readonly clock: FakeClock;
    readonly watch: SourcesWatch;
    readonly answers: (Source[] | ApiError)[];
    asked: number;
    seen: boolean;
  }

  function start(...answers: (Source[] | ApiError)[]): Bench {
    const clock = new FakeClock();
    const list = (): Promise<Source[]> => {
      bench.asked += 1;
      const answer = bench.answers.length > 1 ? bench.answers.shift() : bench.answers[0];
      return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer ?? []);
    };
    const watch = new SourcesWatch({ clock, nowMs: () => clock.now(), seen: () => bench.seen, list });
    const bench: Bench = { clock, watch, answers, asked: 0, seen: true };
    watch.start();
    return bench;
  }

  const AWAY = new ApiError("offline", null, 0);

  it("asks every two seconds", async () => {
    const bench = start([source("a", "live")]);
    await settle();
    expect(bench.watch.state.get()).toMatchObject({ away: false, sources: [{ id: "a" }] });
    bench.clock.advance(2_000);
    expect(bench.asked).toBe(2);
    bench.watch.stop();
    await settle();
    expect(bench.clock.waiting).toBe(0);
  });

  it("keeps the last list while the server is away, and asks less and less", async () => {
    const bench = start([source("a", "live")], AWAY);
    const pauses: number[] = [];
    await settle();
    for (let tries = 0; tries < 6; tries++) {
      const { asked, clock } = bench;
      const before = clock.now();
      while (bench.asked === asked) clock.advance(500);
      pauses.push(clock.now() - before);
      await settle();
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(bench.watch.state.get()).toMatchObject({ away: true, sources: [{ id: "a" }] });
    bench.answers.splice(0, 1, []);
    await bench.watch.refresh();
    expect(bench.watch.state.get()).toMatchObject({ away: false, sources: [] });
    bench.clock.advance(2_000);
    expect(bench.asked).toBe(9);
  });

  it("asks nothing while nobody looks", async () => {
    const bench = start([]);
    await settle();
    bench.seen = false;
    bench.clock.advance(20_000);
    expect(bench.asked).toBe(1);
    bench.seen = true;
    await bench.watch.refresh();
    expect(bench.asked).toBe(2);
  });

  it("stops when the key is refused", async () => {
    const bench = start(new ApiError("unauthorized", null, 401));
    await settle();
    expect(bench.watch.state.get().refused).toBe(true);
    expect(bench.clock.waiting).toBe(0);
  });

  it("takes only the answer to the newest question", async () => {
    const clock = new FakeClock();
    const waiting: ((sources: Source[]) => void)[] = [];
    const list = (): Promise<Source[]> => new Promise((resolve) => waiting.push(resolve));
    const watch = new SourcesWatch({ clock, nowMs: () => 0, seen: () => true, list });
    watch.start();
    void watch.refresh();
    waiting[1]?.([source("new", "live")]);
    await settle();
    waiting[0]?.([source("old", "live")]);
    await settle();
    expect(watch.state.get().sources?.map(({ id }) => id)).toEqual(["new"]);
  });
});

describe("the list", () => {
  const all = [
    source("live 10", "live"),
    source("live 2", "live", { kind: "srt" }),
    source("gone", "offline", { rooms: [] }),
    source("bad", "quarantined", { address: "rtsp://10.9.9.9/x" }),
    source("ice", "frozen", { rooms: ["r2"] }),
  ];
  const ids = (change: Partial<typeof NO_FILTER>): string[] => arrangeSources(all, { ...NO_FILTER, ...change }, "en").map(({ id }) => id);

  it("has the problems first and numbers in their order", () => {
    expect(ids({})).toEqual(["bad", "ice", "gone", "live 2", "live 10"]);
  });

  it("is narrowed by group, kind, room and words", () => {
    expect(ids({ group: "trouble" })).toEqual(["bad", "ice"]);
    expect(ids({ kind: "srt" })).toEqual(["live 2"]);
    expect(ids({ room: "r2" })).toEqual(["ice"]);
    expect(ids({ room: "" })).toEqual(["gone"]);
    expect(ids({ search: " LIVE " })).toEqual(["live 2", "live 10"]);
    expect(ids({ search: "10.9." })).toEqual(["bad"]);
    expect(ids({ search: "live", group: "trouble" })).toEqual([]);
  });

  it("is counted by group, each state in exactly one", () => {
    expect(countGroups(all)).toEqual({ online: 2, trouble: 2, offline: 1, idle: 0, disabled: 0 });
    for (const state of STATES) expect(GROUPS).toContain(groupOf(state));
  });
});

describe("an address", () => {
  it.each([
    ["rtsp://u:p@h/x", { address: "rtsp://h/x", username: "u", password: "p" }],
    ["rtsp://u:p@ss@h:554/x", { address: "rtsp://h:554/x", username: "u", password: "p@ss" }],
    ["RTSP://u%40d:p%2Fq@h", { address: "RTSP://h", username: "u@d", password: "p/q" }],
    ["rtsp://u@h/", { address: "rtsp://h/", username: "u", password: "" }],
    ["rtsp://h/x", null],
    ["rtsp://u:%zz@h", { address: "rtsp://h", username: "u", password: "%zz" }],
  ])("%s gives up its credentials", (address, found) => {
    expect(takeCredentials(address)).toEqual(found);
  });

  it("moves its credentials into their fields when it is pasted", () => {
    expect(withAddress(EMPTY_FIELDS, "rtsp://u:p@h/x")).toMatchObject({ address: "rtsp://h/x", username: "u", password: "p" });
    expect(withAddress({ ...EMPTY_FIELDS, username: "kept" }, "rtsp://h/x").username).toBe("kept");
  });

  it("is asked for before a camera is saved", () => {
    const named = { ...EMPTY_FIELDS, name: "n" };
    expect(problemOf("rtsp", EMPTY_FIELDS)).toBe("name");
    expect(problemOf("rtsp", named)).toBe("address");
    expect(problemOf("rtsp", { ...named, address: "rtsp://h" })).toBeNull();
    expect(problemOf("rtmp", named)).toBeNull();
    expect(isRtspAddress("file:///etc")).toBe(false);
    expect(isRtspAddress("rtsp://")).toBe(false);
  });

  it("needs a new test after any change to how the camera is reached", () => {
    const fields = { ...EMPTY_FIELDS, address: "rtsp://h" };
    expect(sameAccess(fields, { ...fields, name: "other", rooms: ["r"], onDemand: false })).toBe(true);
    expect(sameAccess(fields, { ...fields, password: "x" })).toBe(false);
    expect(sameAccess(fields, { ...fields, transport: "udp" })).toBe(false);
  });
});

describe("what a device is told", () => {
  it("is a command line that the shell leaves as it is", () => {
    expect(ffmpegCommand("rtmp", PUSH)).toMatch(/-bf 0 .*-f flv "rtmp:\/\/h:1935\/live\/k"$/);
    expect(ffmpegCommand("srt", { ...PUSH, full: "srt://h:1?streamid=a&mode=caller" })).toContain('-f mpegts "srt://h:1?streamid=a&mode=caller"');
    expect(ffmpegCommand("whip", { ...PUSH, url: "U", key: 'a"$(x)' })).toContain('-f whip -authorization "a\\"\\$(x)" "U"');
  });
});

describe("figures", () => {
  it("leave out what is not known", () => {
    const none = { bitrateBps: 0, fps: 0, width: 0, height: 0, videoCodec: "", audioCodec: "" };
    expect(figures(none)).toEqual([]);
    expect(figures({ bitrateBps: 2_000_000, fps: 25, width: 1920, height: 1080, videoCodec: "h264", audioCodec: "aac" })).toEqual([
      "1920×1080",
      "25 fps",
      "2.0 Mbps",
      "H.264 + AAC",
    ]);
    expect(figures({ ...none, fps: 3.25 })).toEqual(["3.3 fps"]);
    expect(codecName("dirac")).toBe("DIRAC");
  });
});
