import type { RoomView } from "../../model/room";
import { Store } from "../../model/store";
import type { WallPane } from "../../protocol/generated";
import type { Phase } from "../../rtc/session";
import type { PictureStack } from "./stack";
import { truthOf, type PaneTruth } from "./truth";

export interface Facts {
  readonly panes: readonly WallPane[];
  readonly view: RoomView;
  /** Of this page's own session. */
  readonly link: Phase;
}

export interface Truths {
  /** When they were looked at: page's wall clock. */
  readonly atMs: number;
  /** By the pane's index. */
  readonly of: ReadonlyMap<number, PaneTruth>;
}

const EVERY_MS = 500;

/** Looks at all panes of a page twice a second and whenever something happens, and tells what each really shows. */
export class TruthBoard {
  readonly truths = new Store<Truths>({ atMs: Date.now(), of: new Map() });
  private readonly stacks = new Map<number, PictureStack>();
  private facts: Facts | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;

  know(facts: Facts): void {
    this.facts = facts;
    this.look();
  }

  /** The pictures of a pane are looked at until the returned function is called. */
  register(pane: number, stack: PictureStack): () => void {
    this.stacks.set(pane, stack);
    return () => {
      if (this.stacks.get(pane) === stack) this.stacks.delete(pane);
    };
  }

  /** Looks regularly until the returned function is called. */
  start(): () => void {
    this.timer ??= setInterval(this.look, EVERY_MS);
    return () => {
      if (this.timer !== null) clearInterval(this.timer);
      this.timer = null;
    };
  }

  readonly look = (): void => {
    if (!this.facts) return;
    const { panes, view, link } = this.facts;
    const atMs = Date.now();
    const before = this.truths.get().of;
    const of = new Map<number, PaneTruth>();
    for (const pane of panes) {
      const drawn = this.stacks.get(pane.index)?.look() ?? null;
      const truth = truthOf(pane, view, link, drawn, atMs);
      const old = before.get(pane.index);
      of.set(pane.index, old && same(old, truth) ? old : truth);
    }
    this.truths.set({ atMs, of });
  };
}

function same(a: PaneTruth, b: PaneTruth): boolean {
  return (Object.keys(a) as (keyof PaneTruth)[]).every((key) => a[key] === b[key]);
}
