import { beforeEach, describe, expect, it } from "vitest";
import { Session, type Phase } from "../src/rtc/session";
import { FakeClock, FakeConnection, FakeTrack, FakeWire, settle } from "./fakes";
import { welcome } from "./people";

class Bench {
  readonly clock = new FakeClock();
  readonly wires: FakeWire[] = [];
  readonly connections: FakeConnection[] = [];
  readonly phases: Phase[] = [];
  readonly resumes: (string | null)[] = [];
  ended: string | null = null;
  media: ReadonlyMap<string, MediaStreamTrack> = new Map();
  readonly session: Session;

  constructor(resume: string | null = null) {
    this.session = new Session(
      {
        clock: this.clock,
        random: () => 0.5,
        openSocket: () => {
          const wire = new FakeWire();
          this.wires.push(wire);
          return wire;
        },
        connect: () => {
          const connection = new FakeConnection();
          this.connections.push(connection);
          return connection.connection;
        },
        videoCodec: "vp8",
        videoCapabilities: () => [],
        audioCapabilities: () => [],
      },
      { token: "token", name: "Li", resume },
      {
        message: () => undefined,
        phase: (phase) => this.phases.push(phase),
        connections: () => undefined,
        media: (media) => {
          this.media = media;
        },
        resume: (token) => this.resumes.push(token),
        ended: ({ code }) => {
          this.ended = code;
        },
      },
    );
    this.session.start();
  }

  get wire(): FakeWire {
    const last = this.wires.at(-1);
    if (!last) throw new Error("no socket yet");
    return last;
  }

  enter(resumed = false): void {
    this.wire.onopen?.();
    this.wire.hear(welcome({ resumed }));
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe("joining", () => {
  it("says join first and offers what is published once the seat is there", async () => {
    bench.session.publish("camera", new FakeTrack("video").media, false);
    bench.session.publish("microphone", new FakeTrack("audio").media, true);
    bench.wire.onopen?.();
    expect(bench.wire.sent[0]).toMatchObject({ type: "join", version: 1, token: "token", name: "Li", resume: null });
    expect(bench.wire.of("publish-offer")).toHaveLength(0);
    bench.wire.hear(welcome());
    await settle();
    expect(bench.wire.of("publish-offer")).toEqual([
      {
        type: "publish-offer",
        offer: 1,
        sdp: "offer",
        tracks: [
          { mid: "0", source: "camera", muted: false },
          { mid: "1", source: "microphone", muted: true },
        ],
      },
    ]);
    expect(bench.phases).toEqual(["joined"]);
  });

  it("answers the server's offers and names what arrives", async () => {
    bench.enter();
    const down = bench.connections[0];
    down?.addTransceiver(null, { direction: "recvonly" });
    if (down?.transceivers[0]) down.transceivers[0].mid = "a";
    bench.wire.hear({ type: "subscribe-offer", offer: 7, sdp: "o", tracks: [{ mid: "a", track: "t1" }] });
    await settle();
    expect(bench.wire.of("subscribe-answer")).toEqual([{ type: "subscribe-answer", offer: 7, sdp: "answer" }]);
    expect([...bench.media.keys()]).toEqual(["t1"]);
  });

  it("ends when the server does not let it in, and does not come back", () => {
    bench.wire.onopen?.();
    bench.wire.hear({ type: "goodbye", code: "token-expired", text: { zh: "过期", en: "expired" }, again: false });
    expect(bench.ended).toBe("token-expired");
    bench.clock.advance(60_000);
    expect(bench.wires).toHaveLength(1);
    expect(bench.resumes.at(-1)).toBeNull();
  });
});

describe("a lost socket", () => {
  it("comes back to living connections on the same seat", async () => {
    bench.session.publish("camera", new FakeTrack("video").media, false);
    bench.enter();
    await settle();
    bench.wire.hear({ type: "publish-answer", offer: 1, sdp: "a", tracks: [{ mid: "0", track: "mine" }] });
    await settle();
    bench.wire.onclose?.();
    expect(bench.phases.at(-1)).toBe("reconnecting");
    bench.clock.advance(200);
    bench.wire.onopen?.();
    expect(bench.wire.sent[0]).toMatchObject({ type: "join", resume: "resume-1", mediaAlive: true });
    bench.wire.hear(welcome({ resumed: true, resume: "resume-2" }));
    await settle();
    expect(bench.phases.at(-1)).toBe("joined");
    expect(bench.connections).toHaveLength(2);
    expect(bench.connections.some((one) => one.closed)).toBe(false);
    expect(bench.wire.of("publish-offer")).toHaveLength(0);
    expect(bench.wire.of("mute")).toEqual([{ type: "mute", track: "mine", muted: false }]);
  });

  it("offers again what was never answered", async () => {
    bench.session.publish("microphone", new FakeTrack("audio").media, false);
    bench.enter();
    await settle();
    bench.wire.onclose?.();
    bench.clock.advance(200);
    bench.enter(true);
    await settle();
    expect(bench.wire.of("publish-offer").map((one) => one["offer"])).toEqual([2]);
  });

  it("builds new connections when the seat was gone", async () => {
    bench.session.publish("microphone", new FakeTrack("audio").media, false);
    bench.enter();
    await settle();
    bench.wire.onclose?.();
    bench.clock.advance(200);
    bench.enter(false);
    await settle();
    expect(bench.connections).toHaveLength(4);
    expect(bench.connections.slice(0, 2).every((one) => one.closed)).toBe(true);
    expect(bench.wire.of("publish-offer")).toHaveLength(1);
  });

  it("tells the wishes again", () => {
    bench.enter();
    bench.session.want(new Map([["t", { width: 320, height: 180, priority: 100 }]]));
    bench.clock.advance(200);
    expect(bench.wire.of("wants")).toHaveLength(1);
    bench.wire.onclose?.();
    bench.clock.advance(200);
    bench.enter(true);
    expect(bench.wire.of("wants")).toEqual([
      { type: "wants", tracks: [{ track: "t", width: 320, height: 180, priority: 100 }] },
    ]);
  });

  it("does not count a reload as living media", () => {
    bench = new Bench("from-before");
    bench.wire.onopen?.();
    expect(bench.wire.sent[0]).toMatchObject({ resume: "from-before", mediaAlive: false });
  });

  it("hurries when the browser says the network is back", () => {
    bench.enter();
    bench.session.offline();
    for (let tries = 0; tries < 6; tries++) {
      bench.clock.advance(5_000);
      bench.wire.onclose?.();
    }
    const before = bench.wires.length;
    bench.session.online();
    expect(bench.wires.length).toBe(before + 1);
  });
});

describe("a broken media path", () => {
  it("asks for new credentials on both sides, then builds both anew on the same seat", async () => {
    bench.session.publish("camera", new FakeTrack("video").media, false);
    bench.enter();
    await settle();
    const [down, up] = bench.connections;
    up?.become("connected");
    down?.become("connected");
    up?.become("failed");
    down?.become("failed");
    bench.clock.advance(1);
    await settle();
    expect(up?.restarts.at(-1)).toBe(true);
    expect(bench.wire.of("restart-down")).toHaveLength(1);
    for (let second = 0; second < 11; second++) {
      bench.clock.advance(1_000);
      bench.wire.hear({ type: "pong", sentMs: bench.clock.now(), serverTimeMs: 1 });
    }
    await settle();
    expect(bench.wires).toHaveLength(2);
    bench.wire.onopen?.();
    expect(bench.wire.sent[0]).toMatchObject({ resume: "resume-1", mediaAlive: false });
    bench.wire.hear(welcome({ resumed: true }));
    await settle();
    expect(bench.connections).toHaveLength(4);
    expect(up?.closed).toBe(true);
  });

  it("leaves a path alone that mends itself in time", async () => {
    bench.session.publish("camera", new FakeTrack("video").media, false);
    bench.enter();
    await settle();
    const [down, up] = bench.connections;
    up?.become("disconnected");
    bench.clock.advance(1_000);
    up?.become("connected");
    bench.clock.advance(500);
    await settle();
    expect(up?.restarts).toEqual([false]);
    expect(down?.closed).toBe(false);
  });
});

describe("leaving", () => {
  it("says so, closes everything and stays away", () => {
    bench.enter();
    bench.session.leave();
    expect(bench.wire.of("leave")).toHaveLength(1);
    expect(bench.connections.every((one) => one.closed)).toBe(true);
    expect(bench.resumes.at(-1)).toBeNull();
    expect(bench.clock.waiting).toBe(0);
  });
});
