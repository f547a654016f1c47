import { describe, expect, it, vi } from "vitest";
import { ApiError, type Json } from "../src/app/rest";
import type { Device } from "../src/app/wall-device";
import { readDevice, writeDevice } from "../src/app/wall-device";
import { Kiosk } from "../src/app/wall-kiosk";
import { Renewal } from "../src/app/wall-renew";
import { kioskLanguage, spacedCode } from "../src/ui/wall/kioskWords";
import { FakeClock, FakeConnection, FakeWire, settle } from "./fakes";
import { person, track, welcome } from "./people";
import { pane, wall } from "./wall-made";

const DEVICE: Device = { token: "wall_w.secret", wall: "w", name: "Wall one", room: "r" };
const TEXT = { zh: "x", en: "x" };

class FakeStorage {
  readonly items = new Map<string, string>();
  getItem = (key: string): string | null => this.items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.items.set(key, value);
  removeItem = (key: string): void => void this.items.delete(key);
  get storage(): Storage {
    return this as unknown as Storage;
  }
}

class Bench {
  readonly clock = new FakeClock();
  readonly wires: FakeWire[] = [];
  readonly asked: string[] = [];
  readonly renewal = { check: vi.fn(() => Promise.resolve()), reload: vi.fn() };
  device: Device | null;
  readonly kiosk: Kiosk;

  constructor(
    device: Device | null,
    readonly answers: (() => unknown)[] = [],
  ) {
    this.device = device;
    this.kiosk = new Kiosk({
      session: {
        clock: this.clock,
        random: () => 0.5,
        openSocket: () => {
          const wire = new FakeWire();
          this.wires.push(wire);
          return wire;
        },
        connect: () => new FakeConnection().connection,
        videoCodec: "vp8",
        videoCapabilities: () => [],
        audioCapabilities: () => [],
      },
      pairing: {
        ask: (path: string, _body: Json) => {
          this.asked.push(path);
          const answer = this.answers.shift();
          return answer ? Promise.resolve().then(answer) : Promise.reject(new ApiError("offline", null, 0));
        },
        size: () => ({ width: 3840, height: 2160 }),
      },
      nowMs: () => this.clock.now(),
      createContext: () => {
        throw new Error("no sound here");
      },
      renewal: this.renewal,
      readDevice: () => this.device,
      writeDevice: (next) => {
        this.device = next;
      },
    });
    this.kiosk.start();
  }

  get wire(): FakeWire {
    const last = this.wires.at(-1);
    if (!last) throw new Error("no socket yet");
    return last;
  }

  enter(resumed = false): void {
    this.wire.onopen?.();
    this.wire.hear(welcome({ resumed, participants: [person("me"), person("a", { tracks: [track("t")] })] }));
  }

  goodbye(code: string): void {
    this.wire.hear({ type: "goodbye", code, text: TEXT, again: false });
  }

  get stage(): string {
    return this.kiosk.state.get().stage;
  }
}

const refused = (code: string, status: number) => (): never => {
  throw new ApiError(code, null, status);
};

describe("pairing", () => {
  it("shows a code, waits for somebody to confirm it, and becomes a wall that stays one", async () => {
    const bench = new Bench(null, [
      () => ({ code: "482915", secret: "s", expiresAt: 600 }),
      () => ({ state: "waiting" }),
      () => ({ state: "paired", token: "wall_w.x", wall: "w", name: "Wall one", room: "r" }),
    ]);
    await settle();
    expect(bench.kiosk.state.get().pairing).toMatchObject({ code: "482915", away: false });
    bench.clock.advance(2_000);
    await settle();
    expect(bench.stage).toBe("pairing");
    bench.clock.advance(2_000);
    await settle();
    expect(bench.stage).toBe("wall");
    expect(bench.device?.token).toBe("wall_w.x");
    bench.wire.onopen?.();
    expect(bench.wire.of("join")[0]).toMatchObject({ token: "wall_w.x" });
    expect(bench.asked.filter((path) => path.endsWith("/claim"))).toHaveLength(2);
  });

  it("asks for another code when the old one ran out, and for ever while the server is away", async () => {
    const bench = new Bench(null);
    await settle();
    expect(bench.kiosk.state.get().pairing.away).toBe(true);
    for (let minute = 0; minute < 10; minute++) {
      for (let second = 0; second < 60; second++) {
        bench.clock.advance(1_000);
        await settle();
      }
    }
    expect(bench.asked.length).toBeGreaterThan(100);
    bench.answers.push(
      () => ({ code: "111222", secret: "s", expiresAt: 9_000 }),
      refused("pairing-not-found", 404),
      () => ({ code: "333444", secret: "s", expiresAt: 9_000 }),
    );
    for (let second = 0; second < 12; second++) {
      bench.clock.advance(1_000);
      await settle();
    }
    expect(bench.kiosk.state.get().pairing.code).toBe("333444");
    expect(bench.clock.waiting).toBeLessThanOrEqual(1);
  });

  it("keeps the device over a restart of the browser, and forgives a spoilt note", () => {
    const { storage } = new FakeStorage();
    writeDevice(storage, DEVICE);
    expect(readDevice(storage)).toEqual(DEVICE);
    storage.setItem("huishang.wall", "{nonsense");
    expect(readDevice(storage)).toBeNull();
    writeDevice(storage, null);
    expect(readDevice(storage)).toBeNull();
  });
});

describe("a wall", () => {
  it("shows what the server tells and keeps it while the server is away", () => {
    const bench = new Bench(DEVICE);
    bench.enter();
    bench.wire.hear(wall([pane(0, { shows: "a" })]));
    expect(bench.kiosk.state.get().wall?.panes).toHaveLength(1);
    bench.wire.onclose?.();
    const { wall: kept, phase, awaySinceMs } = bench.kiosk.state.get();
    expect([kept?.id, phase, awaySinceMs]).toEqual(["w", "reconnecting", 0]);
    bench.clock.advance(3_600_000);
    expect(bench.wires.length).toBeGreaterThan(300);
    bench.enter();
    expect(bench.kiosk.state.get()).toMatchObject({ phase: "joined", awaySinceMs: null });
  });

  it("goes back to pairing when it was revoked or its token is not known any more", async () => {
    for (const code of ["wall-revoked", "wall-not-found", "token-invalid", "token-revoked"]) {
      const bench = new Bench(DEVICE);
      bench.answers.push(() => ({ code: "482915", secret: "s", expiresAt: 600 }));
      bench.enter();
      bench.goodbye(code);
      await settle();
      expect([bench.stage, bench.device, bench.kiosk.state.get().revoked]).toEqual(["pairing", null, true]);
    }
  });

  it("tries again after every other end, keeping its token", () => {
    const bench = new Bench(DEVICE);
    bench.enter();
    bench.goodbye("room-closed");
    expect([bench.stage, bench.device, bench.kiosk.state.get().trouble]).toEqual(["wall", DEVICE, "ended"]);
    bench.clock.advance(1_000);
    expect(bench.wires).toHaveLength(2);
    bench.enter();
    expect(bench.kiosk.state.get().trouble).toBeNull();
  });

  it("does not fight with a second page of the same token", () => {
    const bench = new Bench(DEVICE);
    bench.enter();
    bench.goodbye("seat-replaced");
    bench.clock.advance(29_000);
    expect(bench.wires).toHaveLength(1);
    bench.clock.advance(2_000);
    expect(bench.wires).toHaveLength(2);
  });

  it("looks for a newer page when a server came that does not know its seat, and loads it when it is too old to talk", () => {
    const bench = new Bench(DEVICE);
    bench.enter();
    expect(bench.renewal.check).toHaveBeenCalledTimes(1);
    bench.wire.onclose?.();
    bench.clock.advance(1_000);
    bench.enter(true);
    expect(bench.renewal.check).toHaveBeenCalledTimes(1);
    bench.goodbye("version-unsupported");
    expect(bench.renewal.reload).toHaveBeenCalledTimes(1);
  });

  it("reports what it shows, only while it is in the room", () => {
    const bench = new Bench(DEVICE);
    bench.kiosk.report(1, { width: 3840, height: 2160 }, []);
    bench.enter();
    bench.kiosk.report(7, { width: 3840, height: 2160 }, [{ pane: 0, state: "live", ageMs: 40 }]);
    expect(bench.wire.of("wall-report")).toEqual([
      { type: "wall-report", version: 7, width: 3840, height: 2160, panes: [{ pane: 0, state: "live", ageMs: 40 }] },
    ]);
  });
});

describe("a newer page", () => {
  function renewal(page: string): { readonly one: Renewal; readonly reload: ReturnType<typeof vi.fn>; pass: (ms: number) => void } {
    let nowMs = 1_000_000;
    const reload = vi.fn();
    const { storage } = new FakeStorage();
    const fetchPage = (): Promise<string> => (page === "" ? Promise.reject(new Error("away")) : Promise.resolve(page));
    const one = new Renewal({ fetchPage, running: "/assets/wall-old.js", storage, nowMs: () => nowMs, reload });
    const pass = (ms: number): void => {
      nowMs += ms;
    };
    return { one, reload, pass };
  }

  const script = (name: string): string => `<script type="module" crossorigin src="/assets/${name}"></script>`;

  it("is loaded once, and never in a loop", async () => {
    const { one, reload, pass } = renewal(script("wall-new.js"));
    await one.check();
    await one.check();
    expect(reload).toHaveBeenCalledTimes(1);
    pass(61_000);
    await one.check();
    expect(reload).toHaveBeenCalledTimes(2);
  });

  it("is none when the script is the same, or the server does not answer", async () => {
    for (const page of [script("wall-old.js"), "", "<html>maintenance</html>"]) {
      const { one, reload } = renewal(page);
      await one.check();
      expect(reload).not.toHaveBeenCalled();
    }
  });
});

describe("the page's words", () => {
  it("are in the language of the address, else of the browser", () => {
    expect(kioskLanguage("?lang=zh", ["en-US"])).toBe("zh");
    expect(kioskLanguage("", ["en-US"])).toBe("en");
    expect(kioskLanguage("?lang=fr", [])).toBe("zh");
    expect(spacedCode("482915")).toBe("482 915");
  });
});
