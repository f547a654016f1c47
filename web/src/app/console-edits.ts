import { Store } from "../model/store";
import type { EditWall, Refused, Wall } from "../protocol/generated";
import type { Clock } from "../rtc/clock";

export type Edit = EditWall["edit"];

/** An edit that waits for the server. `sent`: it is on its way. */
export interface Pending {
  readonly wall: string;
  readonly edit: Edit;
  readonly sent: boolean;
}

/** Why an edit was not done. refused: the server says why; offline: it did not leave; silent: no answer came. */
export type Failure =
  | { readonly kind: "refused"; readonly refused: Refused; readonly edit: Edit; readonly wall: string }
  | { readonly kind: "offline" | "silent"; readonly edit: Edit; readonly wall: string };

export interface EditsDeps {
  readonly clock: Clock;
  /** The version of a wall that this console shows now, or null. */
  readonly version: (wall: string) => number | null;
  readonly send: (message: EditWall) => boolean;
  readonly failed: (failure: Failure) => void;
}

const ANSWER_WITHIN_MS = 4_000;
const MOST_WAITING = 16;

/**
 * Sends one edit at a time, each on the version that the one before it made, so that quick hands do not conflict with
 * themselves. A refusal drops all that wait: they were meant for a state that there is not.
 */
export class Edits {
  readonly waiting = new Store<readonly Pending[]>([]);
  /** From sending to the server's answer, of the last edit. */
  roundTripMs: number | null = null;
  private base = 0;
  /** What seemed to be done last. A refusal may come after the state that another console made meanwhile. */
  private last: Pending | null = null;
  private sentAtMs = 0;
  private cancel: () => void = () => undefined;

  constructor(private readonly deps: EditsDeps) {}

  ask(wall: string, edit: Edit): void {
    if (this.waiting.get().length >= MOST_WAITING) return;
    this.waiting.update((before) => [...before, { wall, edit, sent: false }]);
    this.next();
  }

  /** A wall as it is now: the answer to the edit under way when its version grew. */
  told(wall: Pick<Wall, "id" | "version">): void {
    const first = this.waiting.get()[0];
    if (!first?.sent || first.wall !== wall.id || wall.version <= this.base) return;
    this.roundTripMs = this.deps.clock.now() - this.sentAtMs;
    this.last = first;
    this.done();
    this.next();
  }

  refused(refused: Refused): void {
    const first = this.waiting.get()[0] ?? this.last;
    this.drop();
    if (first) this.deps.failed({ kind: "refused", refused, edit: first.edit, wall: first.wall });
  }

  /** The connection is gone: what was not answered may or may not be done, and nothing more is sent. */
  lost(): void {
    const first = this.waiting.get()[0];
    this.drop();
    if (first) this.deps.failed({ kind: "offline", edit: first.edit, wall: first.wall });
  }

  private next(): void {
    const first = this.waiting.get()[0];
    if (!first || first.sent) return;
    const base = this.deps.version(first.wall);
    if (base === null) {
      this.done();
      this.next();
      return;
    }
    this.base = base;
    this.sentAtMs = this.deps.clock.now();
    this.waiting.update((all) => all.map((one, index) => (index === 0 ? { ...one, sent: true } : one)));
    this.cancel = this.deps.clock.after(ANSWER_WITHIN_MS, () => {
      this.drop();
      this.deps.failed({ kind: "silent", edit: first.edit, wall: first.wall });
    });
    if (!this.deps.send({ type: "wall-edit", wall: first.wall, base, edit: first.edit })) this.lost();
  }

  private done(): void {
    this.cancel();
    this.waiting.update((all) => all.slice(1));
  }

  private drop(): void {
    this.cancel();
    this.waiting.set([]);
  }
}
