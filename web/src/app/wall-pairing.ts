import { Store } from "../model/store";
import { backoffMs } from "../rtc/backoff";
import type { Clock } from "../rtc/clock";
import { ApiError, record, text, timeMs, type Json } from "./rest";
import type { Device } from "./wall-device";

/** Asks the server; every failure is an ApiError. */
export type Ask = (path: string, body: Json) => Promise<unknown>;

export interface PairingDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly ask: Ask;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Of the screen, in device pixels. */
  readonly size: () => { readonly width: number; readonly height: number };
}

export interface PairingView {
  /** Six digits; null: none yet. */
  readonly code: string | null;
  readonly expiresAtMs: number;
  /** The server was not reached at the last attempt. */
  readonly away: boolean;
}

const CLAIM_EVERY_MS = 2_000;
const DEFAULT_LIFE_MS = 600_000;

/** Shows a code until somebody confirms it in a console; a new one when it ran out. Never gives up. */
export class Pairing {
  readonly state = new Store<PairingView>({ code: null, expiresAtMs: 0, away: false });
  private cancel: (() => void) | null = null;
  private stopped = false;
  private attempt = 0;

  constructor(
    private readonly deps: PairingDeps,
    private readonly paired: (device: Device) => void,
  ) {}

  start(): void {
    void this.begin();
  }

  stop(): void {
    this.stopped = true;
    this.cancel?.();
    this.cancel = null;
  }

  private async begin(): Promise<void> {
    const { width, height } = this.deps.size();
    try {
      const answer = record(await this.deps.ask("/api/v1/walls/pairing", { width, height }));
      if (this.stopped) return;
      const secret = text(answer["secret"]);
      const expiresAtMs = timeMs(answer["expiresAt"]) ?? this.deps.nowMs() + DEFAULT_LIFE_MS;
      this.attempt = 0;
      this.state.set({ code: text(answer["code"]), expiresAtMs, away: false });
      this.later(CLAIM_EVERY_MS, () => this.claim(secret));
    } catch (error) {
      this.failed(error, () => this.begin());
    }
  }

  private async claim(secret: string): Promise<void> {
    try {
      const answer = record(await this.deps.ask("/api/v1/walls/pairing/claim", { secret }));
      if (this.stopped) return;
      this.attempt = 0;
      this.state.patch({ away: false });
      if (answer["state"] !== "paired") {
        this.later(CLAIM_EVERY_MS, () => this.claim(secret));
        return;
      }
      const { token, wall, name, room } = answer;
      const roomId = typeof room === "string" ? room : text(record(room)["id"]);
      this.stop();
      this.paired({ token: text(token), wall: text(wall), name: text(name), room: roomId });
    } catch (error) {
      // A code that ran out, or that a restarted server has forgotten: the next one.
      const gone = error instanceof ApiError && (error.status === 404 || error.status === 410);
      this.failed(error, () => (gone ? this.begin() : this.claim(secret)));
    }
  }

  private failed(error: unknown, next: () => Promise<void>): void {
    if (this.stopped) return;
    const offline = !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
    this.state.patch({ away: offline });
    this.later(backoffMs(this.attempt++, this.deps.random()), next);
  }

  private later(delayMs: number, task: () => Promise<void>): void {
    this.cancel = this.deps.clock.after(delayMs, () => {
      this.cancel = null;
      if (!this.stopped) void task();
    });
  }
}
