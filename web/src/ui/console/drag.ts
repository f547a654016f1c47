import { createContext, useContext, type PointerEvent as ReactPointerEvent } from "react";
import type { WallContent } from "../../protocol/generated";
import { Store } from "../../model/store";

/** What is carried: new content from the palette, or what a pane holds. */
export interface Cargo {
  readonly label: string;
  readonly content: WallContent;
  /** The picture that goes with it, a track's id, or null. */
  readonly track: string | null;
  readonly from: Spot | null;
}

export interface Spot {
  readonly wall: string;
  readonly pane: number;
}

export interface Carried {
  readonly cargo: Cargo;
  readonly x: number;
  readonly y: number;
}

const START_PX = 6;
const TAP_TWICE_MS = 350;

/** The pane under a point of the page. */
export function spotAt(x: number, y: number): Spot | null {
  const element = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-drop-wall]");
  const { dropWall, dropPane } = element?.dataset ?? {};
  return dropWall === undefined || dropPane === undefined ? null : { wall: dropWall, pane: Number(dropPane) };
}

export interface Taps {
  readonly once?: () => void;
  readonly twice?: () => void;
}

/**
 * Carrying by mouse, pen or finger with one set of events. A press that does not move is a tap; two taps on the same
 * thing are a double one, which not every touch browser tells by itself.
 */
export class Carrier {
  readonly now = new Store<Carried | null>(null);
  readonly over = new Store<string | null>(null);
  private lastTap: { readonly key: string; readonly atMs: number } | null = null;
  private stop: () => void = () => undefined;

  constructor(private readonly drop: (cargo: Cargo, spot: Spot) => void) {}

  /** Called on pointerdown. `key`: names the thing for double taps. `cargo` null: it can be tapped, not carried. */
  begin(event: ReactPointerEvent, key: string, cargo: Cargo | null, taps: Taps): void {
    if (event.button !== 0) return;
    this.cancel();
    const { pointerId, clientX, clientY } = event;
    const moved = (move: PointerEvent): void => {
      if (move.pointerId !== pointerId || cargo === null) return;
      const far = Math.hypot(move.clientX - clientX, move.clientY - clientY) >= START_PX;
      if (!far && this.now.get() === null) return;
      const spot = spotAt(move.clientX, move.clientY);
      this.now.set({ cargo, x: move.clientX, y: move.clientY });
      this.over.set(spot && `${spot.wall}/${String(spot.pane)}`);
    };
    const released = (up: PointerEvent): void => {
      if (up.pointerId !== pointerId) return;
      const carried = this.now.get();
      const spot = spotAt(up.clientX, up.clientY);
      this.cancel();
      if (!carried) this.tapped(key, up, clientX, clientY, taps);
      else if (spot) this.drop(carried.cargo, spot);
    };
    const given = (): void => {
      this.cancel();
    };
    const escaped = (pressed: KeyboardEvent): void => {
      if (pressed.key === "Escape") this.cancel();
    };
    window.addEventListener("pointermove", moved);
    window.addEventListener("pointerup", released);
    window.addEventListener("pointercancel", given);
    window.addEventListener("keydown", escaped);
    this.stop = () => {
      window.removeEventListener("pointermove", moved);
      window.removeEventListener("pointerup", released);
      window.removeEventListener("pointercancel", given);
      window.removeEventListener("keydown", escaped);
    };
  }

  cancel(): void {
    this.stop();
    this.stop = () => undefined;
    this.now.set(null);
    this.over.set(null);
  }

  private tapped(key: string, up: PointerEvent, x: number, y: number, taps: Taps): void {
    if (Math.hypot(up.clientX - x, up.clientY - y) >= START_PX) return;
    const again = this.lastTap?.key === key && up.timeStamp - this.lastTap.atMs < TAP_TWICE_MS;
    this.lastTap = again ? null : { key, atMs: up.timeStamp };
    if (again && taps.twice) taps.twice();
    else taps.once?.();
  }
}

export const CarrierContext = createContext<Carrier | null>(null);

export function useCarrier(): Carrier {
  const carrier = useContext(CarrierContext);
  if (!carrier) throw new Error("CarrierContext is missing");
  return carrier;
}
