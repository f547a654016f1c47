import { Store } from "../model/store";
import type { Clock } from "../rtc/clock";
import type { ConsoleApi, Displays, Scene } from "./console-api";

/** What is kept on the server beside the walls' own state. Null: not read yet. */
export interface Shelf {
  readonly scenes: readonly Scene[] | null;
  readonly displays: Displays | null;
}

export interface LibraryDeps {
  readonly clock: Clock;
  readonly api: Pick<ConsoleApi, "scenes" | "displays">;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Reads the shelf when it is told to: the server says when something is another. Never two reads at once, so that an
 * older answer cannot come over a newer one; what cannot be read stays as it was and is tried again.
 */
export class ConsoleLibrary {
  readonly state = new Store<Shelf>({ scenes: null, displays: null });
  private running = false;
  private now: Promise<void> | null = null;
  private next: Promise<void> | null = null;
  private retryMs = FIRST_RETRY_MS;
  private cancel: () => void = () => undefined;

  constructor(private readonly deps: LibraryDeps) {}

  start(): void {
    this.running = true;
  }

  stop(): void {
    this.running = false;
    this.cancel();
  }

  /** Resolves when a read that began after this call is done, well or not. However many ask meanwhile, it is one. */
  read(): Promise<void> {
    if (this.now === null) return this.begin();
    this.next ??= this.now.then(() => this.begin());
    return this.next;
  }

  private begin(): Promise<void> {
    this.next = null;
    this.cancel();
    this.now = this.load().finally(() => {
      this.now = null;
    });
    return this.now;
  }

  private async load(): Promise<void> {
    const { api, clock } = this.deps;
    const [scenes, displays] = await Promise.allSettled([api.scenes(), api.displays()]);
    const before = this.state.get();
    this.state.set({
      scenes: scenes.status === "fulfilled" ? scenes.value : before.scenes,
      displays: displays.status === "fulfilled" ? displays.value : before.displays,
    });
    if (scenes.status === "fulfilled" && displays.status === "fulfilled") {
      this.retryMs = FIRST_RETRY_MS;
    } else if (this.running) {
      this.cancel = clock.after(this.retryMs, () => void this.read());
      this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    }
  }
}
