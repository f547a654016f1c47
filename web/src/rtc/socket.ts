import { decode } from "../protocol/decode";
import type { ClientMessage, ServerMessage } from "../protocol/generated";
import { backoffMs } from "./backoff";
import type { Clock } from "./clock";

const PING_EVERY_MS = 2_000;
const DEAD_AFTER_MS = 5_000;
const OPEN_WITHIN_MS = 8_000;

/** The part of WebSocket used here; tests pass a fake. */
export interface Wire {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(): void;
}

export interface LinkDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly open: () => Wire;
}

export interface LinkEvents {
  /** A socket is open: say `join` now. */
  opened(): void;
  message(message: ServerMessage): void;
  /** The socket is gone; another attempt is on its way. */
  lost(): void;
}

/** One WebSocket that comes back by itself until `stop`. Knows liveness, nothing about rooms. */
export class Link {
  private wire: Wire | null = null;
  private open = false;
  private attempt = 0;
  private stopped = false;
  private readonly timers = new Map<string, () => void>();
  /** Round trip of the last ping, for the statistics sheet. */
  roundTripMs: number | null = null;

  constructor(
    private readonly deps: LinkDeps,
    private readonly events: LinkEvents,
  ) {}

  start(): void {
    this.dial();
  }

  /** True when the message left; false while there is no socket (the caller's state is sent again after `welcome`). */
  send(message: ClientMessage): boolean {
    if (!this.wire || !this.open) return false;
    this.wire.send(JSON.stringify(message));
    return true;
  }

  /** The room let us in: the next loss starts with the shortest pause again. */
  settled(): void {
    this.attempt = 0;
  }

  /** The browser says the network is back: do not sit out the pause. */
  hurry(): void {
    if (this.stopped || this.wire) return;
    this.clear();
    this.dial();
  }

  /** The browser says the network is gone: do not wait for the ping to find out. */
  drop(): void {
    if (this.wire) this.fail();
  }

  stop(): void {
    this.stopped = true;
    this.clear();
    this.detach();
  }

  private dial(): void {
    const wire = this.deps.open();
    this.wire = wire;
    this.later("open", OPEN_WITHIN_MS, () => {
      this.fail();
    });
    wire.onopen = () => {
      this.open = true;
      this.clear();
      // The first word on a socket is `join`: the ping comes after it.
      this.events.opened();
      this.beat();
    };
    wire.onmessage = (event) => {
      this.hear(event.data);
    };
    wire.onclose = () => {
      this.fail();
    };
    wire.onerror = () => {
      this.fail();
    };
  }

  private hear(data: unknown): void {
    this.cancel("dead");
    const message = typeof data === "string" ? decode(data) : null;
    if (!message) return;
    if (message.type === "pong") this.roundTripMs = Math.max(0, this.deps.clock.now() - message.sentMs);
    else this.events.message(message);
  }

  private beat(): void {
    this.send({ type: "ping", sentMs: this.deps.clock.now() });
    // Counted from an unanswered ping, not from the last word heard: a throttled background tab pings late and is alive.
    if (!this.timers.has("dead")) {
      this.later("dead", DEAD_AFTER_MS, () => {
        this.fail();
      });
    }
    this.later("beat", PING_EVERY_MS, () => {
      this.beat();
    });
  }

  private fail(): void {
    if (!this.wire) return;
    this.clear();
    this.detach();
    if (this.stopped) return;
    this.later("dial", backoffMs(this.attempt++, this.deps.random()), () => {
      this.dial();
    });
    this.events.lost();
  }

  private detach(): void {
    const wire = this.wire;
    this.wire = null;
    this.open = false;
    if (!wire) return;
    wire.onopen = wire.onmessage = wire.onclose = wire.onerror = null;
    wire.close();
  }

  private later(name: string, delayMs: number, task: () => void): void {
    this.cancel(name);
    const cancel = this.deps.clock.after(delayMs, () => {
      this.timers.delete(name);
      task();
    });
    this.timers.set(name, cancel);
  }

  private cancel(name: string): void {
    this.timers.get(name)?.();
    this.timers.delete(name);
  }

  private clear(): void {
    for (const name of [...this.timers.keys()]) this.cancel(name);
  }
}
