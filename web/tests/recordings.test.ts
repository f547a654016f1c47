import { afterEach, describe, expect, it, vi } from "vitest";
import { archiveUrl, downloadUrl, RecordingsApi, segmentUrl, type Ticket } from "../src/app/recordings-api";
import { LIBRARY, parsePlace, placeHash, placeOf } from "../src/app/recordings-place";
import { diagnose } from "../src/app/recordings-probe";
import { readRecording, readRecordings, readSummary, type RecordingsPart } from "../src/app/recordings-read";
import { Tickets } from "../src/app/recordings-tickets";
import { RecordingsWatch } from "../src/app/recordings-watch";
import { ApiError } from "../src/app/rest";
import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";
import { arrangeRecordings, mergeRecordings, NO_RECORDING_FILTER, roomsOf, type RecordingDisk, type RecordingSummary } from "../src/model/recording";
import { clockWords, durationWords, sizeWords } from "../src/ui/recordings/describe";
import { reasonWords } from "../src/ui/recordings/reasons";
import { FakeClock, settle } from "./fakes";

const DAY_MS = 86_400_000;

const summary = (id: string, startedAtMs: number, change: Partial<RecordingSummary> = {}): RecordingSummary => ({
  ...readSummary({ id, room: "r1", roomName: "Flood", state: "finished", people: ["Wang"] }),
  startedAtMs,
  endedAtMs: startedAtMs + 1_000,
  ...change,
});

describe("what the server tells of a recording", () => {
  it("is read into the page's own shape, sorted by time", () => {
    const read = readRecording({
      id: "rec-1",
      startedAt: "1970-01-01T00:00:05Z",
      endedAt: null,
      state: "recording",
      legalHold: true,
      tracks: [
        {
          id: "t",
          kind: "video",
          source: "camera",
          segments: [
            { id: "b", fromMs: 9, untilMs: 12 },
            { id: "a", fromMs: 5, untilMs: 8 },
          ],
          gaps: [
            { fromMs: 8, untilMs: 9, reason: "crash", text: { zh: "重启", en: "restart" } },
            { fromMs: 10, untilMs: 11, reason: "muted", text: { zh: "静音", en: "muted" } },
          ],
        },
        { id: "f", kind: "film", segments: [] },
      ],
      events: [
        { atMs: 9, kind: "left", name: "x" },
        { atMs: 5, kind: "joined", name: "x" },
      ],
    });
    expect(read).toMatchObject({ startedAtMs: 5_000, endedAtMs: null, state: "recording", legalHold: true, tracks: 2 });
    expect(read.gaps).toBe(1);
    expect(read.all.map(({ id }) => id)).toEqual(["t"]);
    expect(read.all[0]?.segments.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(read.events.map(({ kind }) => kind)).toEqual(["joined", "left"]);
  });

  it("survives an answer of a newer server", () => {
    expect(readSummary({ id: "x", state: "dreaming", people: [1, "a"] })).toMatchObject({ state: "interrupted", people: ["a"], bytes: 0 });
  });
});

describe("the list", () => {
  const all = [
    summary("old", 0, { people: ["李工"] }),
    summary("new", 10 * DAY_MS, { room: "r2", roomName: "Dam 2" }),
    summary("long", DAY_MS, { endedAtMs: null, state: "recording" }),
  ];
  const ids = (filter: object): string[] => arrangeRecordings(all, { ...NO_RECORDING_FILTER, ...filter }, 10 * DAY_MS).map(({ id }) => id);

  it("is newest first, filtered by room, time and words", () => {
    expect(ids({})).toEqual(["new", "long", "old"]);
    expect(ids({ room: "r1" })).toEqual(["long", "old"]);
    expect(ids({ days: 1 })).toEqual(["new", "long"]);
    expect(ids({ search: " 李 " })).toEqual(["old"]);
    expect(ids({ search: "dam" })).toEqual(["new"]);
    expect(roomsOf(all, "en").map(({ name }) => name)).toEqual(["Dam 2", "Flood"]);
  });

  it("keeps older ones when its newest part comes again, and drops what was deleted from that part", () => {
    const merged = mergeRecordings([summary("c", 30), summary("b", 20), summary("a", 10)], [summary("d", 40), summary("b", 20)]);
    expect(merged.map(({ id }) => id)).toEqual(["d", "b", "a"]);
  });
});

describe("the watch of the library", () => {
  function watch(list: (after: string | null) => Promise<Omit<RecordingsPart, "disk">>, disk: RecordingDisk | null = null) {
    const clock = new FakeClock();
    const asked: (string | null)[] = [];
    const made = new RecordingsWatch({
      clock,
      seen: () => true,
      list: async (after) => {
        asked.push(after);
        return { ...(await list(after)), disk };
      },
    });
    made.start();
    return { clock, asked, made };
  }

  it("reads all parts once, then only the newest", async () => {
    const { clock, asked, made } = watch((after) =>
      Promise.resolve(after === null ? { recordings: [summary("b", 20)], next: "b" } : { recordings: [summary("a", 10)], next: null }),
    );
    await settle();
    expect(made.state.get().recordings?.map(({ id }) => id)).toEqual(["b", "a"]);
    clock.advance(5_000);
    await settle();
    expect(asked).toEqual([null, "b", null]);
    expect(made.state.get().recordings?.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(made.state.get().more).toBe(false);
  });

  it("tells how the disk is", async () => {
    const disk = { state: "low", freeBytes: 1, totalBytes: 10 } as const;
    const { made } = watch(() => Promise.resolve({ recordings: [], next: null }), disk);
    await settle();
    expect(made.state.get().disk).toEqual(disk);
    expect(readRecordings({ recordings: [], disk }).disk).toEqual(disk);
    expect(readRecordings({ recordings: [], disk: { state: "molten" } }).disk).toBeNull();
  });

  it("keeps the list while the server is away, and stops when the key is refused", async () => {
    let failure: ApiError | null = null;
    const { clock, asked, made } = watch(() => (failure ? Promise.reject(failure) : Promise.resolve({ recordings: [summary("a", 1)], next: null })));
    await settle();
    failure = new ApiError("offline", null, 0);
    clock.advance(5_000);
    await settle();
    expect(made.state.get()).toMatchObject({ away: true, refused: false });
    expect(made.state.get().recordings).toHaveLength(1);
    failure = new ApiError("unauthorized", null, 401);
    clock.advance(10_000);
    await settle();
    expect([made.state.get().refused, clock.waiting, asked.length]).toEqual([true, 0, 3]);
  });
});

describe("the calls", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("name what they do", async () => {
    const calls: unknown[][] = [];
    vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
      calls.push([init.method, path, typeof init.body === "string" ? JSON.parse(init.body) : null]);
      return Promise.resolve(new Response(JSON.stringify({ ticket: "t", expiresAt: "1970-01-01T00:01:00Z" })));
    });
    const api = new RecordingsApi("key");
    await api.list("rec-9", 50);
    await api.remove("a/b", "test");
    await api.hold("a", true);
    expect(await api.ticket("a")).toEqual({ ticket: "t", expiresAtMs: 60_000 });
    expect(calls).toEqual([
      ["GET", "/api/v1/recordings?limit=50&after=rec-9", null],
      ["DELETE", "/api/v1/recordings/a%2Fb", { reason: "test" }],
      ["POST", "/api/v1/recordings/a/hold", { held: true }],
      ["POST", "/api/v1/recordings/a/ticket", null],
    ]);
    expect(segmentUrl("r", "s/", "a+b")).toBe("/api/v1/recordings/r/segments/s%2F?ticket=a%2Bb");
    expect(downloadUrl("r", "s", "t")).toBe("/api/v1/recordings/r/segments/s?download=1&ticket=t");
    expect(archiveUrl("r", "t")).toBe("/api/v1/recordings/r/archive?ticket=t");
  });
});

describe("tickets", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  function keeper(answers: (() => Promise<Ticket>)[]) {
    const clock = new FakeClock();
    let asked = 0;
    const tickets = new Tickets("r", { clock, nowMs: () => 0, ask: () => (answers[asked++] ?? answers[0] ?? Promise.reject)() });
    return { clock, tickets, asked: () => asked };
  }

  const ticket = (name: string, expiresAtMs: number) => (): Promise<Ticket> => Promise.resolve({ ticket: name, expiresAtMs });

  it("are renewed at half their life, again soon when the server is away, and never by a wrong clock only", async () => {
    const away = (): Promise<Ticket> => Promise.reject(new ApiError("offline", null, 0));
    const { clock, tickets, asked } = keeper([ticket("a", 120_000), away, ticket("b", 1e12), ticket("c", -1e12), ticket("d", 120_000)]);
    expect(tickets.addressOf("s")).toBeNull();
    await tickets.start();
    expect(tickets.addressOf("s")).toMatchObject({ serial: 1 });
    const steps: [number, number, string][] = [[60_000, 2, "a"], [3_000, 3, "b"], [150_000, 4, "c"], [15_000, 5, "d"]];
    for (const [ms, count, name] of steps) {
      clock.advance(ms - 1);
      expect(asked()).toBe(count - 1);
      clock.advance(1);
      await settle();
      expect(asked()).toBe(count);
      expect(tickets.addressOf("s")?.url).toContain(`ticket=${name}`);
    }
    tickets.stop();
    expect(clock.waiting).toBe(0);
  });

  it("tell why a file does not play", async () => {
    const statuses: (number | null)[] = [];
    vi.stubGlobal("fetch", () => {
      const status = statuses.shift();
      return status == null ? Promise.reject(new TypeError("gone")) : Promise.resolve(new Response(null, { status }));
    });
    const { tickets } = keeper([ticket("a", 60_000)]);
    await tickets.start();
    const verdict = (...all: (number | null)[]): Promise<string> => {
      statuses.splice(0, statuses.length, ...all);
      return diagnose(tickets, "s");
    };
    expect(await verdict(206)).toBe("codec");
    expect(await verdict(404)).toBe("missing");
    expect(await verdict(null)).toBe("network");
    expect(await verdict(503)).toBe("network");
    expect(await verdict(401, 206)).toBe("expired");
    expect(await verdict(403, 403)).toBe("refused");
    tickets.stop();
  });
});

describe("the address", () => {
  it("keeps recording, position, big picture and film", () => {
    const place = { recording: "rec-1", atS: 12.5, big: "trk-2", film: "film-3" };
    expect(parsePlace(placeHash(place))).toEqual(place);
    expect(placeHash({ ...LIBRARY, atS: 3 })).toBe("");
    expect(parsePlace("#recording=a&t=-4")).toEqual(placeOf("a"));
    expect(parsePlace("#t=4")).toEqual(LIBRARY);
  });
});

describe("words", () => {
  it("are as exact as the size deserves", () => {
    expect([59_400, 61_000, 7_260_000].map((ms) => durationWords(en, ms))).toEqual(["59 s", "1 min 1 s", "2 h 1 min"]);
    expect([0, 61_000, 3_723_900].map(clockWords)).toEqual(["0:00", "1:01", "1:02:03"]);
    expect([0, 999, 1_500, 2_500_000, 25_000_000].map(sizeWords)).toEqual(["0 B", "999 B", "2 KB", "2.5 MB", "25 MB"]);
  });

  it("give every reason a name, the server's own when it is a new one", () => {
    const gap = { fromMs: 0, untilMs: 1, reason: "crash", text: { zh: "新", en: "new" } };
    expect(reasonWords(zh, "zh", gap)).toBe("录制服务重启");
    expect(reasonWords(en, "en", { ...gap, reason: "moon" })).toBe("new");
    expect(reasonWords(en, "en", { ...gap, reason: "moon", text: null })).toBe("unknown reason");
    expect(reasonWords(en, "en", null)).toBe("unknown reason");
  });
});
