import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordedTrack } from "../src/model/recording";
import { Conductor, type Verdict } from "../src/player/conductor";
import type { Deck, DeckFault } from "../src/player/deck";
import { Master } from "../src/player/master";
import { steer } from "../src/player/steer";
import { laneOf, type Timeline } from "../src/player/timeline";
import { FakeClock, settle } from "./fakes";

/** An element that takes `seekMs` to arrive and whose clock runs by `drift` too fast. */
class FakeDeck implements Deck {
  fault: DeckFault | null = null;
  ended = false;
  closed = false;
  volume = 0;
  stuck = false;
  private base: number;
  private since: number;
  private rate = 1;
  private running = false;
  private arrives: number;

  constructor(
    private readonly clock: FakeClock,
    readonly url: string,
    positionMs: number,
    private readonly drift: number,
    private readonly seekMs: number,
  ) {
    this.base = positionMs;
    this.since = clock.now();
    this.arrives = clock.now() + seekMs;
  }

  get positionMs(): number {
    const from = Math.max(this.since, this.arrives);
    return this.running && !this.seeking ? this.base + Math.max(0, this.clock.now() - from) * this.rate * this.drift : this.base;
  }

  get seeking(): boolean {
    return this.stuck || this.clock.now() < this.arrives;
  }

  get ready(): boolean {
    return !this.seeking;
  }

  seek(positionMs: number): void {
    this.base = positionMs;
    this.since = this.clock.now();
    this.arrives = this.clock.now() + this.seekMs;
  }

  run(running: boolean): void {
    this.settle();
    this.running = running;
  }

  setRate(rate: number): void {
    this.settle();
    this.rate = rate;
  }

  setVolume(volume: number): void {
    this.volume = volume;
  }

  close(): void {
    this.closed = true;
  }

  private settle(): void {
    this.base = this.positionMs;
    this.since = this.clock.now();
  }
}

const track = (id: string, kind: "audio" | "video", spans: readonly (readonly [number, number])[]): RecordedTrack => ({
  id,
  participant: id,
  name: id,
  kind,
  source: null,
  gaps: [],
  segments: spans.map(([fromMs, untilMs], index) => ({
    id: `${id}${String(index)}`,
    codec: "vp8",
    fromMs,
    untilMs,
    bytes: 1,
    width: 1,
    height: 1,
    state: "finished",
  })),
});

function stage(tracks: readonly RecordedTrack[], verdict: Verdict = "codec", drift = 1.0) {
  const clock = new FakeClock();
  const decks: FakeDeck[] = [];
  const ticket = { serial: 1 };
  const lanes = tracks.map(laneOf);
  const untilMs = Math.max(...lanes.flatMap(({ parts }) => parts.map((part) => part.untilMs)));
  const line: Timeline = { fromMs: 0, untilMs, lanes };
  const deps = {
    clock,
    open: (_kind: string, url: string, positionMs: number) => {
      const deck = new FakeDeck(clock, url, positionMs, decks.length % 2 === 0 ? drift : 1, 80);
      decks.push(deck);
      return deck;
    },
    addressOf: (segment: string) => ({ url: `${segment}?${String(ticket.serial)}`, serial: ticket.serial }),
    diagnose: () => Promise.resolve(verdict),
  };
  const conductor = new Conductor<FakeDeck>(line, { pictures: 2, sounds: 2 }, deps, 0);
  conductor.start();
  const playing = (id: string): FakeDeck | null => conductor.view.get().lanes.get(id)?.deck ?? null;
  return { clock, decks, ticket, conductor, playing };
}

describe("the master clock", () => {
  it("never jumps by itself: pausing, resuming and another speed keep the position", () => {
    const steps = fc.array(fc.tuple(fc.nat(5_000), fc.constantFrom("run", "stop", "fast", "slow")), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (all) => {
        const master = new Master(100);
        let now = 0;
        let expected = 100;
        for (const [passed, what] of all) {
          now += passed;
          if (master.running) expected += passed * master.rate;
          expect(master.at(now)).toBeCloseTo(expected, 5);
          if (what === "fast" || what === "slow") master.setRate(now, what === "fast" ? 4 : 0.5);
          else master.run(now, what === "run");
          expect(master.at(now)).toBeCloseTo(expected, 5);
        }
      }),
    );
  });
});

describe("steering", () => {
  it("slows what is ahead, hurries what is behind, by 5 % at most, and jumps when far off", () => {
    fc.assert(
      fc.property(fc.double({ min: -2_000, max: 2_000, noNaN: true }), fc.boolean(), fc.constantFrom(0.5, 1, 2, 4), (error, nudging, rate) => {
        const way = steer(error, true, nudging, rate);
        expect(way.kind === "jump").toBe(Math.abs(error) > 300 * Math.max(1, rate));
        if (way.kind !== "rate") return;
        expect(Math.abs(way.factor - 1)).toBeLessThanOrEqual(0.05 + 1e-9);
        expect(Math.sign(1 - way.factor) * Math.sign(error)).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(steer(20, true, false, 1).kind).toBe("leave");
    expect(steer(20, false, false, 1).kind).toBe("jump");
  });
});

describe("the conductor", () => {
  it("keeps two elements with clocks 1 % apart within 80 ms of each other", () => {
    const { clock, conductor, playing } = stage([track("a", "video", [[0, 120_000]]), track("b", "audio", [[0, 120_000]])], "codec", 1.01);
    conductor.play(true);
    clock.advance(1_000);
    for (let s = 0; s < 60; s += 1) {
      clock.advance(1_000);
      expect(Math.abs((playing("a")?.positionMs ?? 0) - (playing("b")?.positionMs ?? 1e9))).toBeLessThanOrEqual(80);
    }
    expect(conductor.position.get()).toBeGreaterThan(58_000);
  });

  it("goes to any place, and runs on only when all are there", () => {
    const { clock, conductor, playing } = stage([track("a", "video", [[0, 90_000]]), track("b", "audio", [[0, 90_000]])]);
    conductor.play(true);
    clock.advance(2_000);
    conductor.seek(60_000);
    expect(conductor.view.get().waiting).toBe(true);
    clock.advance(400);
    expect(conductor.view.get().waiting).toBe(false);
    for (const id of ["a", "b"]) expect(Math.abs((playing(id)?.positionMs ?? 0) - conductor.position.get())).toBeLessThan(80);
  });

  it("has the next file ready before it is needed", () => {
    const { clock, conductor, decks, playing } = stage([track("a", "video", [[0, 10_000], [10_000, 20_000]])]);
    conductor.play(true);
    clock.advance(9_000);
    expect(decks.map(({ url }) => url)).toEqual(["a0?1", "a1?1"]);
    clock.advance(1_500);
    expect(playing("a")).toBe(decks[1]);
    expect(decks[0]?.closed).toBe(true);
    expect(conductor.view.get().waiting).toBe(false);
  });

  it("does not wait for ever for one that hangs", () => {
    const { clock, conductor, decks } = stage([track("a", "video", [[0, 90_000]]), track("b", "audio", [[0, 90_000]])]);
    if (decks[0]) decks[0].stuck = true;
    conductor.play(true);
    clock.advance(3_000);
    expect(conductor.view.get().waiting).toBe(true);
    clock.advance(3_000);
    expect(conductor.view.get().waiting).toBe(false);
    expect(conductor.position.get()).toBeGreaterThan(1_000);
  });

  it("changes to a renewed address without a break, silently until it is in step", () => {
    const { clock, conductor, decks, ticket, playing } = stage([track("a", "audio", [[0, 90_000]])]);
    conductor.play(true);
    clock.advance(2_000);
    ticket.serial = 2;
    clock.advance(60);
    expect(decks.map(({ url, volume }) => [url, volume])).toEqual([["a0?1", 1], ["a0?2", 0]]);
    clock.advance(3_000);
    expect(playing("a")).toBe(decks[1]);
    expect([decks[0]?.closed, decks[1]?.volume, decks.length]).toEqual([true, 1, 2]);
  });

  it("says why a file does not play, lets the others go on, and tries again when asked", async () => {
    const { clock, conductor, decks } = stage([track("a", "video", [[0, 90_000]]), track("b", "audio", [[0, 90_000]])]);
    if (decks[0]) decks[0].fault = "unplayable";
    conductor.play(true);
    await settle();
    clock.advance(500);
    expect(conductor.view.get().lanes.get("a")).toMatchObject({ deck: null, failure: "codec" });
    expect(conductor.view.get().waiting).toBe(false);
    conductor.retry("a");
    expect(conductor.view.get().lanes.get("a")?.failure).toBeNull();
    expect(decks).toHaveLength(3);
  });

  it("opens a file again when only its ticket was too old", async () => {
    const { clock, conductor, decks } = stage([track("a", "video", [[0, 90_000]])], "expired");
    if (decks[0]) decks[0].fault = "network";
    conductor.play(true);
    await settle();
    clock.advance(500);
    expect(decks).toHaveLength(2);
    expect(conductor.view.get().lanes.get("a")?.failure).toBeNull();
  });

  it("plays no more pictures at once than it may, the chosen one among them", () => {
    const { clock, conductor } = stage(["a", "b", "c"].map((id) => track(id, "video", [[0, 9_000]])));
    const left = (): string[] => [...conductor.view.get().lanes].filter(([, view]) => view.left).map(([id]) => id);
    expect(left()).toEqual(["c"]);
    conductor.prefer("c");
    clock.advance(300);
    expect(left()).toEqual(["b"]);
  });

  it("stops at the end, and begins again from there", () => {
    const { clock, conductor } = stage([track("a", "video", [[0, 3_000]])]);
    conductor.play(true);
    clock.advance(5_000);
    expect([conductor.position.get(), conductor.view.get().playing]).toEqual([3_000, false]);
    conductor.play(true);
    clock.advance(1_000);
    expect(conductor.position.get()).toBeLessThan(1_100);
  });
});
