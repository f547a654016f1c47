import type { Wish } from "../rtc/wants";

const HIDDEN: Wish = { width: 0, height: 0, priority: 0 };

const larger = (a: Wish | undefined, b: Wish): Wish =>
  a === undefined
    ? b
    : { width: Math.max(a.width, b.width), height: Math.max(a.height, b.height), priority: Math.max(a.priority, b.priority) };

/** What all views of one page want together: the largest size of each track wins, and what nobody wants any more is hidden. */
export class WishBook {
  private readonly views = new Map<string, ReadonlyMap<string, Wish>>();
  private readonly named = new Set<string>();

  constructor(private readonly want: (wishes: ReadonlyMap<string, Wish>) => void) {}

  set(view: string, wishes: ReadonlyMap<string, Wish>): void {
    this.views.set(view, wishes);
    this.tell();
  }

  drop(view: string): void {
    if (this.views.delete(view)) this.tell();
  }

  private tell(): void {
    const all = new Map<string, Wish>();
    for (const wishes of this.views.values()) {
      for (const [track, wish] of wishes) {
        all.set(track, larger(all.get(track), wish));
        this.named.add(track);
      }
    }
    for (const track of this.named) if (!all.has(track)) all.set(track, HIDDEN);
    this.want(all);
  }
}
