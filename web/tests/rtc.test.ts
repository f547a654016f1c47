import { describe, expect, it } from "vitest";
import { Down } from "../src/rtc/down";
import { IceWatch } from "../src/rtc/ice";
import { levelOf } from "../src/rtc/meter";
import { probe, type Transport } from "../src/rtc/probe";
import { claim, claimByAsking, readSeat, writeSeat, type Channel, type Locks } from "../src/rtc/seat";
import { WantsKeeper } from "../src/rtc/wants";
import { problemOf } from "../src/rtc/devices";
import { FakeClock, FakeConnection, settle } from "./fakes";

const wish = (width: number, priority = 100) => ({ width, height: width / 2, priority });

describe("wishes", () => {
  it("sends only what changed, at most once per 150 ms", () => {
    const clock = new FakeClock();
    const sent: unknown[] = [];
    const keeper = new WantsKeeper(clock, (message) => sent.push(message.tracks) > 0);
    keeper.set(new Map([["a", wish(100)]]));
    keeper.set(new Map([["a", wish(200.4)], ["b", wish(0)]]));
    clock.advance(149);
    expect(sent).toEqual([]);
    clock.advance(1);
    expect(sent).toEqual([
      [
        { track: "a", width: 200, height: 100, priority: 100 },
        { track: "b", width: 0, height: 0, priority: 100 },
      ],
    ]);
    keeper.set(new Map([["a", wish(200.4)], ["b", wish(50)]]));
    clock.advance(150);
    expect(sent[1]).toEqual([{ track: "b", width: 50, height: 25, priority: 100 }]);
  });

  it("says it again when it could not be sent", () => {
    const clock = new FakeClock();
    let open = false;
    const sent: unknown[] = [];
    const keeper = new WantsKeeper(clock, (message) => open && sent.push(message) > 0);
    keeper.set(new Map([["a", wish(100)]]));
    clock.advance(150);
    open = true;
    keeper.resync();
    expect(sent).toHaveLength(1);
  });

  it("never asks for more tracks at once, or larger ones, than the protocol allows", () => {
    const clock = new FakeClock();
    const sizes: number[] = [];
    let widest = 0;
    const keeper = new WantsKeeper(clock, (message) => {
      sizes.push(message.tracks.length);
      widest = Math.max(widest, ...message.tracks.map((one) => one.width));
      return true;
    });
    keeper.set(new Map(Array.from({ length: 600 }, (_, index) => [`t${String(index)}`, wish(1e6)])));
    clock.advance(150);
    expect(sizes).toEqual([512, 88]);
    expect(widest).toBe(16_384);
  });
});

describe("the watch over a path", () => {
  it("restarts a failed path at once, again every 3 s, and gives up after 10 s", () => {
    const clock = new FakeClock();
    const done: string[] = [];
    const watch = new IceWatch(clock, { restart: () => done.push("restart"), rebuild: () => done.push("rebuild") });
    watch.state("failed");
    clock.advance(9_999);
    expect(done).toEqual(["restart", "restart", "restart", "restart"]);
    clock.advance(1);
    expect(done.at(-1)).toBe("rebuild");
    clock.advance(60_000);
    expect(done.filter((one) => one === "rebuild")).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it("gives a disconnected path a moment", () => {
    const clock = new FakeClock();
    const done: string[] = [];
    const watch = new IceWatch(clock, { restart: () => done.push("restart"), rebuild: () => done.push("rebuild") });
    watch.state("disconnected");
    clock.advance(1_499);
    expect(done).toEqual([]);
    watch.state("connected");
    clock.advance(20_000);
    expect(done).toEqual([]);
  });
});

describe("receiving", () => {
  it("gives a recycled section to its new track", async () => {
    const connection = new FakeConnection();
    connection.addTransceiver(null, { direction: "recvonly" });
    const seen: string[][] = [];
    const down = new Down(() => connection.connection, {
      answer: () => undefined,
      media: (tracks) => seen.push([...tracks.keys()]),
      state: () => undefined,
      broken: () => undefined,
    });
    down.offered({ type: "subscribe-offer", offer: 1, sdp: "1", tracks: [{ mid: "0", track: "a" }] });
    down.offered({ type: "subscribe-offer", offer: 2, sdp: "2", tracks: [{ mid: "0", track: "b" }] });
    await settle();
    expect(seen).toEqual([["a"], ["b"]]);
    expect(down.trackOf("0")).toBe("b");
    expect(down.trackOf(null)).toBeNull();
  });
});

describe("the network verdict", () => {
  async function verdictOf(states: Record<Transport, RTCIceConnectionState | null>, refused: readonly Transport[] = []) {
    const clock = new FakeClock();
    const asked = new Map<Transport, FakeConnection>();
    const made: FakeConnection[] = [];
    const result = probe({
      clock,
      connect: () => {
        const connection = new FakeConnection();
        made.push(connection);
        return connection.connection;
      },
      ask: (_sdp, transport) => {
        if (refused.includes(transport)) return Promise.reject(new Error("refused"));
        const connection = made[transport === "udp" ? 0 : 1];
        if (connection) asked.set(transport, connection);
        return Promise.resolve("answer");
      },
    });
    await settle();
    for (const [transport, connection] of asked) {
      const state = states[transport];
      if (state) connection.becomeIce(state);
    }
    clock.advance(6_000);
    const verdict = await result;
    await settle();
    return { verdict, closed: made.every((one) => one.closed) };
  }

  it("is UDP when UDP works", async () => {
    expect(await verdictOf({ udp: "connected", tcp: "failed" })).toEqual({ verdict: "udp", closed: true });
  });

  it("is TCP when only TCP works, also when UDP stays silent", async () => {
    expect(await verdictOf({ udp: null, tcp: "completed" })).toEqual({ verdict: "tcp", closed: true });
  });

  it("is blocked when neither does", async () => {
    expect(await verdictOf({ udp: "failed", tcp: null })).toEqual({ verdict: "blocked", closed: true });
  });

  it("is unknown when the server cannot be asked", async () => {
    expect(await verdictOf({ udp: null, tcp: null }, ["udp", "tcp"])).toEqual({ verdict: "unknown", closed: true });
  });

  it("is what the only way says that the server offers", async () => {
    expect(await verdictOf({ udp: null, tcp: "failed" }, ["udp"])).toEqual({ verdict: "blocked", closed: true });
    expect(await verdictOf({ udp: null, tcp: "connected" }, ["udp"])).toEqual({ verdict: "tcp", closed: true });
  });
});

describe("the seat of a tab", () => {
  function storage(): Storage {
    const values = new Map<string, string>();
    return {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => values.set(key, value),
      removeItem: (key: string) => values.delete(key),
    } as unknown as Storage;
  }

  it("survives a reload and is forgotten on leaving", () => {
    const store = storage();
    writeSeat(store, "r", { seat: "s", resume: "t" });
    expect(readSeat(store, "r")).toEqual({ seat: "s", resume: "t" });
    expect(readSeat(store, "other")).toBeNull();
    writeSeat(store, "r", null);
    expect(readSeat(store, "r")).toBeNull();
    store.setItem("huishang.seat.r", "{");
    expect(readSeat(store, "r")).toBeNull();
  });

  it("belongs to the tab that holds the lock", async () => {
    const clock = new FakeClock();
    const held = new Set<string>();
    const locks: Locks = {
      request: (name, { signal }, run) =>
        new Promise((_resolve, reject) => {
          if (held.has(name)) {
            signal?.addEventListener("abort", () => {
              reject(new Error("aborted"));
            });
            return;
          }
          held.add(name);
          void run();
        }),
    };
    expect(await claim(locks, clock, "s")).toBe(true);
    const second = claim(locks, clock, "s");
    clock.advance(600);
    expect(await second).toBe(false);
  });

  it("is asked for among the tabs where there are no locks", async () => {
    const clock = new FakeClock();
    const channels: Channel[] = [];
    const open = (): Channel => {
      const channel: Channel = {
        onmessage: null,
        postMessage: (data) => {
          for (const other of channels) if (other !== channel) other.onmessage?.({ data });
        },
      };
      channels.push(channel);
      return channel;
    };
    const first = claimByAsking(open(), clock, "s");
    clock.advance(250);
    expect(await first).toBe(true);
    const copy = claimByAsking(open(), clock, "s");
    const other = claimByAsking(open(), clock, "another");
    clock.advance(250);
    expect(await copy).toBe(false);
    expect(await other).toBe(true);
  });
});

describe("small things", () => {
  it("measures loudness in decibels", () => {
    expect(levelOf(new Float32Array(0))).toBe(0);
    expect(levelOf(new Float32Array(256))).toBe(0);
    expect(levelOf(new Float32Array(256).fill(1))).toBe(1);
    expect(levelOf(new Float32Array(256).fill(0.0316))).toBeCloseTo(0.5, 2);
  });

  it("names a device problem by what browsers throw", () => {
    expect(problemOf(new DOMException("", "NotAllowedError"))).toBe("denied");
    expect(problemOf(new DOMException("", "OverconstrainedError"))).toBe("missing");
    expect(problemOf(new DOMException("", "NotReadableError"))).toBe("busy");
    expect(problemOf(new TypeError("x"))).toBe("failed");
  });
});
