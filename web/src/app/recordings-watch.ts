import { mergeRecordings, type RecordingDisk, type RecordingSummary } from "../model/recording";
import { Store } from "../model/store";
import type { Clock } from "../rtc/clock";
import type { RecordingsPart } from "./recordings-read";
import { ApiError } from "./rest";

const EVERY_MS = 5_000;
const SLOWEST_MS = 30_000;
const PART = 100;
/** More are not listed: nobody looks through them, and each part is a call. */
export const MOST_RECORDINGS = 1_000;

export interface LibraryState {
  /** Null: nothing came yet. */
  readonly recordings: readonly RecordingSummary[] | null;
  /** There are older ones than the list shows. */
  readonly more: boolean;
  /** The last call did not reach the server; the list is an old one. */
  readonly away: boolean;
  /** The server does not take the key: the watch has stopped. */
  readonly refused: boolean;
  /** Null: not told. */
  readonly disk: RecordingDisk | null;
}

export interface LibraryDeps {
  readonly clock: Clock;
  /** False while nobody sees the page: nothing is asked then. */
  readonly seen: () => boolean;
  readonly list: (after: string | null, limit: number) => Promise<RecordingsPart>;
}

/** The whole library once, then its newest part every five seconds while the page is seen. */
export class RecordingsWatch {
  readonly state = new Store<LibraryState>({ recordings: null, more: false, away: false, refused: false, disk: null });
  private cancel: () => void = () => undefined;
  private failures = 0;
  private round = 0;
  private running = false;
  private whole = false;

  constructor(private readonly deps: LibraryDeps) {}

  start(): void {
    this.running = true;
    void this.ask();
  }

  stop(): void {
    this.running = false;
    this.round += 1;
    this.cancel();
  }

  /** Asks for everything now: something was changed. */
  reload(): Promise<void> {
    this.whole = false;
    return this.running ? this.ask() : Promise.resolve();
  }

  private async ask(): Promise<void> {
    this.cancel();
    const round = ++this.round;
    const current = (): boolean => round === this.round;
    if (this.deps.seen()) {
      try {
        await (this.whole ? this.newest(current) : this.all(current));
        if (current()) this.failures = 0;
      } catch (failure) {
        if (!current()) return;
        if (failure instanceof ApiError && failure.status === 401) {
          this.stop();
          this.state.patch({ refused: true });
          return;
        }
        this.failures += 1;
        this.state.patch({ away: true });
      }
    }
    if (!current()) return;
    const pauseMs = Math.min(SLOWEST_MS, EVERY_MS * 2 ** Math.min(this.failures, 3));
    this.cancel = this.deps.clock.after(pauseMs, () => void this.ask());
  }

  private async all(current: () => boolean): Promise<void> {
    let found: readonly RecordingSummary[] = [];
    let after: string | null = null;
    let disk: RecordingDisk | null;
    do {
      const part: RecordingsPart = await this.deps.list(after, PART);
      if (!current()) return;
      found = [...found, ...part.recordings];
      disk = part.disk;
      after = part.recordings.length === 0 ? null : part.next;
      // The first part is shown at once, unless there is a longer list to be replaced.
      const before = this.state.get().recordings;
      if (!before || before.length <= found.length || after === null) this.tell(found, after !== null, disk);
    } while (after !== null && found.length < MOST_RECORDINGS);
    this.tell(found, after !== null, disk);
    this.whole = true;
  }

  private async newest(current: () => boolean): Promise<void> {
    const { recordings, next, disk } = await this.deps.list(null, PART);
    if (!current()) return;
    const before = this.state.get();
    const merged = next === null ? recordings : mergeRecordings(before.recordings ?? [], recordings);
    this.tell(merged.slice(0, MOST_RECORDINGS), before.more && next !== null, disk);
  }

  private tell(recordings: readonly RecordingSummary[], more: boolean, disk: RecordingDisk | null): void {
    this.state.set({ recordings, more, away: false, refused: false, disk });
  }
}
