import { describe, expect, it } from "vitest";
import { backoffMs } from "../src/rtc/backoff";
import { Link } from "../src/rtc/socket";
import { FakeClock, FakeWire } from "./fakes";

function bench() {
  const clock = new FakeClock();
  const wires: FakeWire[] = [];
  const seen: string[] = [];
  const link = new Link(
    {
      clock,
      random: () => 1,
      open: () => {
        const wire = new FakeWire();
        wires.push(wire);
        return wire;
      },
    },
    {
      opened: () => seen.push("opened"),
      message: (message) => seen.push(message.type),
      lost: () => seen.push("lost"),
    },
  );
  link.start();
  return { clock, wires, seen, link };
}

describe("liveness", () => {
  it("pings every 2 s and is lost 5 s after an unanswered ping", () => {
    const { clock, wires, seen } = bench();
    wires[0]?.onopen?.();
    clock.advance(4_000);
    expect(wires[0]?.of("ping")).toHaveLength(3);
    expect(seen).toEqual(["opened"]);
    clock.advance(1_000);
    expect(seen).toEqual(["opened", "lost"]);
    expect(wires[0]?.closed).toBe(true);
  });

  it("stays while anything is heard", () => {
    const { clock, wires, seen, link } = bench();
    wires[0]?.onopen?.();
    for (let second = 0; second < 20; second++) {
      clock.advance(1_000);
      wires[0]?.hear({ type: "pong", sentMs: clock.now() - 30, serverTimeMs: 1 });
    }
    expect(seen).toEqual(["opened"]);
    expect(link.roundTripMs).toBe(30);
  });

  it("gives up a socket that never opens", () => {
    const { clock, wires, seen } = bench();
    clock.advance(8_000);
    expect(seen).toEqual(["lost"]);
    expect(wires[0]?.closed).toBe(true);
  });

  it("drops text that is no message", () => {
    const { wires, seen } = bench();
    wires[0]?.onopen?.();
    wires[0]?.onmessage?.({ data: "{" });
    wires[0]?.onmessage?.({ data: new ArrayBuffer(1) });
    wires[0]?.hear({ type: "from-the-future" });
    expect(seen).toEqual(["opened"]);
  });
});

describe("coming back", () => {
  it("waits longer after each failure and short again once settled", () => {
    const { clock, wires, link } = bench();
    const pauses: number[] = [];
    for (let tries = 0; tries < 7; tries++) {
      const before = clock.now();
      const count = wires.length;
      wires.at(-1)?.onclose?.();
      while (wires.length === count) clock.advance(50);
      pauses.push(clock.now() - before);
    }
    expect(pauses).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
    link.settled();
    wires.at(-1)?.onclose?.();
    const count = wires.length;
    clock.advance(200);
    expect(wires).toHaveLength(count + 1);
  });

  it("keeps the pause between half and the whole of its ceiling", () => {
    expect(backoffMs(0, 0)).toBe(100);
    expect(backoffMs(0, 0.999)).toBeLessThan(200);
    expect(backoffMs(1_000, 0.999)).toBeLessThan(5_000);
  });
});
