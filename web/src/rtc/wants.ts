import type { WantedTrack, Wants } from "../protocol/generated";
import type { Clock } from "./clock";

const DEBOUNCE_MS = 150;
/** The protocol takes at most this many tracks in one message. */
const MOST = 512;
const LARGEST = 16_384;

/** A tile's size in device pixels; 0×0 is hidden. */
export interface Wish {
  readonly width: number;
  readonly height: number;
  readonly priority: number;
}

const same = (a: Wish | undefined, b: Wish): boolean =>
  a !== undefined && a.width === b.width && a.height === b.height && a.priority === b.priority;

const pixels = (value: number): number => Math.min(LARGEST, Math.max(0, Math.round(value)));

/** Gathers the sizes of all tiles and tells the server what changed, at most once per 150 ms. */
export class WantsKeeper {
  private wishes = new Map<string, Wish>();
  private sent = new Map<string, Wish>();
  private cancel: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly send: (message: Wants) => boolean,
  ) {}

  /** The whole picture as the page shows it now. A track no longer named has left the room: nothing is said of it. */
  set(wishes: ReadonlyMap<string, Wish>): void {
    this.wishes = new Map();
    for (const [track, wish] of wishes) {
      this.wishes.set(track, { width: pixels(wish.width), height: pixels(wish.height), priority: wish.priority });
    }
    this.cancel ??= this.clock.after(DEBOUNCE_MS, () => {
      this.cancel = null;
      this.flush();
    });
  }

  /** A new seat or socket knows nothing: everything is said again. */
  resync(): void {
    this.sent.clear();
    this.flush();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  private flush(): void {
    const changed: WantedTrack[] = [];
    for (const [track, wish] of this.wishes) {
      if (!same(this.sent.get(track), wish)) changed.push({ track, ...wish });
    }
    for (let start = 0; start < changed.length; start += MOST) {
      if (!this.send({ type: "wants", tracks: changed.slice(start, start + MOST) })) return;
    }
    this.sent = new Map(this.wishes);
  }
}
