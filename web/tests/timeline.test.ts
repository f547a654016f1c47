import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Gap, RecordedTrack, Segment } from "../src/model/recording";
import { bigOf, sceneAt, sceneKey } from "../src/player/scene";
import { byPerson, holeAt, isPresent, laneOf, nextPart, offsetMs, openingMs, partAt, SEAM_MS, skipTo, timelineOf, type Lane } from "../src/player/timeline";
import { readRecording } from "../src/app/recordings-read";

const segment = (id: string, fromMs: number, untilMs: number, state = "finished"): Segment => ({
  id,
  codec: "vp8",
  fromMs,
  untilMs,
  bytes: 1,
  width: 2,
  height: 2,
  state,
});

const gap = (fromMs: number, untilMs: number, reason = "loss"): Gap => ({ fromMs, untilMs, reason, text: null });

const track = (segments: readonly Segment[], gaps: readonly Gap[] = [], change: Partial<RecordedTrack> = {}): RecordedTrack => ({
  id: "t",
  participant: "p",
  name: "n",
  kind: "video",
  source: "camera",
  segments,
  gaps,
  ...change,
});

const span = fc.tuple(fc.nat(20_000), fc.integer({ min: 1, max: 8_000 }));
const anyLane = fc
  .tuple(fc.array(span, { minLength: 1, maxLength: 6 }), fc.array(span, { maxLength: 6 }))
  .map(([files, gaps]) =>
    laneOf(
      track(
        files.map(([from, length], index) => segment(`s${String(index)}`, from, from + length)),
        gaps.map(([from, length]) => gap(from, from + length)),
      ),
    ),
  );
const anyTime = fc.integer({ min: -1_000, max: 30_000 });

describe("the order of the lanes", () => {
  it("is person by person as they came, of each what is seen first", () => {
    const of = (id: string, participant: string, source: RecordedTrack["source"]): Lane =>
      laneOf(track([segment(id, 0, 10)], [], { id, participant, source, kind: source === "microphone" ? "audio" : "video" }));
    const lanes = [of("a-mic", "a", "microphone"), of("b-cam", "b", "camera"), of("a-cam", "a", "camera"), of("b-scr", "b", "screen"), of("?", "", null)];
    expect(byPerson({ fromMs: 0, untilMs: 10, lanes }).map(({ id }) => id)).toEqual(["a-cam", "a-mic", "b-scr", "b-cam", "?"]);
  });
});

describe("where a recording is opened", () => {
  const at = (...starts: number[]): number =>
    openingMs({ fromMs: 0, untilMs: 90_000, lanes: starts.map((start, index) => laneOf(track([segment(`s${String(index)}`, start, start + 5_000)]))) });

  it("is when everything that begins with it has begun", () => {
    expect([at(400, 700, 60_000), at(2_000), at(), at(0, 1_001)]).toEqual([700, 2_000, 0, 0]);
  });
});

describe("the parts of a track", () => {
  it("follow each other without lying over each other, each within its file", () => {
    fc.assert(
      fc.property(anyLane, ({ parts }) => {
        for (const [index, part] of parts.entries()) {
          expect(part.untilMs).toBeGreaterThan(part.fromMs);
          expect(part.fromMs).toBeGreaterThanOrEqual(part.segment.fromMs);
          expect(part.untilMs).toBeLessThan(part.segment.untilMs + SEAM_MS);
          expect(parts[index + 1]?.fromMs ?? Infinity).toBeGreaterThanOrEqual(part.untilMs);
        }
      }),
    );
  });

  it("are found by time, with the place in the file", () => {
    fc.assert(
      fc.property(anyLane, anyTime, (lane, atMs) => {
        const slow = lane.parts.filter((part) => part.fromMs <= atMs && atMs < part.untilMs);
        const found = partAt(lane, atMs);
        expect(found).toBe(slow[0] ?? null);
        if (found) expect(offsetMs(found, atMs)).toBe(atMs - found.segment.fromMs);
      }),
    );
  });

  it("come next in their order", () => {
    fc.assert(
      fc.property(anyLane, anyTime, (lane, atMs) => {
        expect(nextPart(lane, atMs)).toBe(lane.parts.find((part) => part.fromMs > atMs) ?? null);
      }),
    );
  });

  it("hide no hole: every moment of the track plays or is told as missing", () => {
    fc.assert(
      fc.property(anyLane, anyTime, (lane, atMs) => {
        if (!isPresent(lane, atMs) || partAt(lane, atMs) || atMs === lane.parts.at(-1)?.untilMs) return;
        expect(holeAt(lane, atMs)).not.toBeNull();
      }),
    );
  });

  it("take the later file where two overlap, and bridge the time between two frames", () => {
    const overlapping = laneOf(track([segment("a", 0, 5_000), segment("b", 4_000, 9_000)]));
    expect(partAt(overlapping, 4_500)?.segment.id).toBe("b");
    const close = laneOf(track([segment("a", 0, 4_967), segment("b", 5_000, 9_000)]));
    expect(partAt(close, 4_980)?.segment.id).toBe("a");
    expect(close.holes).toEqual([]);
  });

  it("end at a gap and begin again in the same file", () => {
    const lane = laneOf(track([segment("a", 1_000, 9_000)], [gap(3_000, 5_000)]));
    expect(lane.parts.map(({ fromMs, untilMs }) => [fromMs, untilMs])).toEqual([
      [1_000, 3_000],
      [5_000, 9_000],
    ]);
    expect(lane.parts.map((part) => offsetMs(part, part.fromMs))).toEqual([0, 4_000]);
  });
});

describe("short gaps of sound", () => {
  const losses = [1, 2, 3, 4, 5, 6].map((s) => gap(s * 1_000, s * 1_000 + 20));
  const starts = (kind: "audio" | "video"): number[] => laneOf(track([segment("a", 0, 9_000)], losses, { kind })).parts.map((part) => part.fromMs);

  it("never add up to more than an ear forgives, and leave pictures alone", () => {
    expect(starts("audio")).toEqual([0, 3_020, 6_020]);
    expect(starts("video")).toEqual([0]);
  });
});

describe("what is missing", () => {
  it("keeps each reason its own stretch", () => {
    const lane = laneOf(track([segment("a", 0, 1_000), segment("b", 9_000, 10_000)], [gap(1_000, 4_000, "crash"), gap(4_000, 6_000, "disk")]));
    expect(lane.holes.map((hole) => [hole.fromMs, hole.untilMs, hole.gap?.reason])).toEqual([
      [1_000, 4_000, "crash"],
      [4_000, 6_000, "disk"],
      [6_000, 9_000, undefined],
    ]);
  });

  it("lists short gaps without cutting the file, and files that are gone", () => {
    const lane = laneOf(track([segment("a", 0, 5_000), segment("b", 5_000, 8_000, "missing")], [gap(1_000, 1_100)]));
    expect(lane.parts).toHaveLength(1);
    expect(lane.holes.map((hole) => [hole.fromMs, hole.untilMs, hole.gap?.reason])).toEqual([
      [1_000, 1_100, "loss"],
      [5_000, 8_000, "vanished"],
    ]);
  });
});

const recording = (tracks: readonly object[]): ReturnType<typeof readRecording> =>
  readRecording({ id: "r", startedAt: "1970-01-01T00:00:01Z", state: "finished", tracks, events: [] });

describe("the time line", () => {
  it("reaches from the first to the last of everything", () => {
    const one = recording([track([segment("a", 2_000, 5_000)], [gap(5_000, 7_000)]), track([segment("b", 500, 6_000)], [], { id: "u" })]);
    expect(timelineOf(one)).toMatchObject({ fromMs: 500, untilMs: 7_000 });
    expect(timelineOf(recording([]))).toMatchObject({ fromMs: 1_000, untilMs: 1_000, lanes: [] });
  });

  it("offers a jump only while nothing of any track plays", () => {
    const line = timelineOf(recording([track([segment("a", 1_000, 2_000), segment("b", 8_000, 9_000)]), track([segment("c", 7_000, 7_500)], [], { id: "u" })]));
    expect([1_500, 3_000, 7_600, 9_500].map((at) => skipTo(line, at))).toEqual([null, 7_000, 8_000, null]);
  });
});

describe("the scene", () => {
  const lanes: Lane[] = [
    laneOf(track([segment("a", 0, 9_000)], [gap(2_000, 4_000)], { id: "camera" })),
    laneOf(track([segment("b", 5_000, 9_000)], [], { id: "screen", source: "screen" })),
    laneOf(track([segment("c", 0, 9_000)], [], { id: "sound", kind: "audio", source: "microphone" })),
  ];
  const line = { fromMs: 0, untilMs: 9_000, lanes };

  it("shows screens first, and a choice before everything", () => {
    expect(bigOf(sceneAt(line, 1_000), null)?.lane.id).toBe("camera");
    expect(bigOf(sceneAt(line, 6_000), null)?.lane.id).toBe("screen");
    expect(bigOf(sceneAt(line, 6_000), "camera")?.lane.id).toBe("camera");
    expect(bigOf(sceneAt(line, 1_000), "screen")?.lane.id).toBe("camera");
    expect(sceneAt(line, 6_000).sounds.map(({ lane }) => lane.id)).toEqual(["sound"]);
  });

  it("keeps a picture that has a gap, and changes its key only then", () => {
    const keys = [1_000, 1_500, 2_500, 3_000, 4_500].map((at) => sceneKey(sceneAt(line, at)));
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).toBe(keys[3]);
    expect(new Set(keys).size).toBe(2);
    expect(sceneAt(line, 2_500).pictures[0]).toMatchObject({ plays: false });
  });
});
