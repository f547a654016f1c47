import type { Clock } from "../rtc/clock";
import { segmentUrl, type Ticket } from "./recordings-api";

/** A ticket of the server lives this long at most; the clock of this computer may be wrong, the server's rule is not. */
const LONGEST_MS = 300_000;
const SHORTEST_MS = 30_000;
const AGAIN_MS = 3_000;
/** The part of its life after which a ticket is renewed: elements change to the new one without hurry. */
const RENEW_AT = 0.5;

export interface TicketDeps {
  readonly clock: Clock;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly ask: () => Promise<Ticket>;
}

/** Keeps a ticket for one recording, renewed long before it ends. */
export class Tickets {
  private ticket: string | null = null;
  private serial = 0;
  private pauseMs = AGAIN_MS;
  private cancel: () => void = () => undefined;
  private running = false;

  constructor(
    private readonly recording: string,
    private readonly deps: TicketDeps,
  ) {}

  /** Fails as its first call does; later failures are tried again. */
  async start(): Promise<void> {
    this.running = true;
    await this.take();
    this.plan();
  }

  stop(): void {
    this.running = false;
    this.cancel();
  }

  /** Where this file is fetched; null: no ticket has come yet. */
  readonly addressOf = (segment: string): { readonly url: string; readonly serial: number } | null =>
    this.ticket === null ? null : { url: segmentUrl(this.recording, segment, this.ticket), serial: this.serial };

  /** A new ticket now, if the server gives one. */
  async renew(): Promise<void> {
    this.cancel();
    await this.take().catch(() => {
      this.pauseMs = AGAIN_MS;
    });
    this.plan();
  }

  private async take(): Promise<void> {
    const { ticket, expiresAtMs } = await this.deps.ask();
    this.ticket = ticket;
    this.serial += 1;
    this.pauseMs = RENEW_AT * Math.max(SHORTEST_MS, Math.min(LONGEST_MS, expiresAtMs - this.deps.nowMs()));
  }

  private plan(): void {
    this.cancel();
    if (this.running) this.cancel = this.deps.clock.after(this.pauseMs, () => void this.renew());
  }
}
