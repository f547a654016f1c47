import { Store } from "../model/store";
import type { Source } from "../model/sources";
import type { Clock } from "../rtc/clock";
import { ApiError } from "./rest";

const EVERY_MS = 2_000;
const SLOWEST_MS = 30_000;

export interface WatchState {
  /** Null: nothing came yet. */
  readonly sources: readonly Source[] | null;
  /** When this list came, milliseconds since 1970. */
  readonly atMs: number;
  /** The last call did not reach the server; the list is an old one. */
  readonly away: boolean;
  /** The server does not take the key: the watch has stopped. */
  readonly refused: boolean;
}

export interface WatchDeps {
  readonly clock: Clock;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** False while nobody sees the page: nothing is asked then. */
  readonly seen: () => boolean;
  readonly list: () => Promise<readonly Source[]>;
}

/** Asks for the list every two seconds while the page is seen; ever more slowly while the server is away. */
export class SourcesWatch {
  readonly state = new Store<WatchState>({ sources: null, atMs: 0, away: false, refused: false });
  private cancel: () => void = () => undefined;
  private failures = 0;
  private round = 0;
  private running = false;

  constructor(private readonly deps: WatchDeps) {}

  start(): void {
    this.running = true;
    void this.ask();
  }

  stop(): void {
    this.running = false;
    this.round += 1;
    this.cancel();
  }

  /** Asks now: something was changed, or the page is seen again. */
  refresh(): Promise<void> {
    return this.running ? this.ask() : Promise.resolve();
  }

  private async ask(): Promise<void> {
    this.cancel();
    const round = ++this.round;
    if (this.deps.seen()) {
      const heard = await this.hear();
      // A newer question is under way, whose answer is the true one.
      if (round !== this.round) return;
      if (!heard()) return;
    }
    this.cancel = this.deps.clock.after(this.pauseMs(), () => void this.ask());
  }

  /** The answer as a step that takes effect later; false: the watch is over. */
  private async hear(): Promise<() => boolean> {
    try {
      const sources = await this.deps.list();
      return () => {
        this.failures = 0;
        this.state.set({ sources, atMs: this.deps.nowMs(), away: false, refused: false });
        return true;
      };
    } catch (failure) {
      return () => {
        if (failure instanceof ApiError && failure.status === 401) {
          this.stop();
          this.state.patch({ refused: true });
          return false;
        }
        this.failures += 1;
        this.state.patch({ away: true });
        return true;
      };
    }
  }

  private pauseMs(): number {
    return Math.min(SLOWEST_MS, EVERY_MS * 2 ** Math.min(this.failures, 5));
  }
}
