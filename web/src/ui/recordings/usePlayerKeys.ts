import { useEffect } from "react";
import type { Player } from "./usePlayer";

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const;
const STEP_MS = 5_000;
const FAR_MS = 30_000;
/** One picture of 25 in a second. */
const FRAME_MS = 40;

export function togglePlay(player: Player): void {
  player.play(!player.view.get().playing);
}

function stepRate(player: Player, by: 1 | -1): void {
  const at = RATES.findIndex((rate) => rate === player.view.get().rate);
  const next = RATES[at + by];
  if (next !== undefined) player.setRate(next);
}

function move(player: Player, byMs: number): void {
  player.seek(player.position.get() + byMs);
}

function press(player: Player, { key, shiftKey }: KeyboardEvent): boolean {
  const stepMs = shiftKey ? FAR_MS : STEP_MS;
  if (key === " " || key === "k") togglePlay(player);
  else if (key === "ArrowLeft") move(player, -stepMs);
  else if (key === "ArrowRight") move(player, stepMs);
  else if (key === "," || key === ".") {
    player.play(false);
    move(player, key === "," ? -FRAME_MS : FRAME_MS);
  } else if (key === "[" || key === "]") stepRate(player, key === "]" ? 1 : -1);
  else if (key === "Home") move(player, -Infinity);
  else if (key === "End") move(player, Infinity);
  else return false;
  return true;
}

/** Keys of the player, unless they belong to a field, a menu or a dialog. */
export function usePlayerKeys(player: Player): void {
  useEffect(() => {
    const heard = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as Element | null;
      if (target?.closest("input, select, textarea, [role=dialog], [role=menu]")) return;
      // A focused button takes the space bar itself.
      if (event.key === " " && target?.closest("button, a")) return;
      if (press(player, event)) event.preventDefault();
    };
    window.addEventListener("keydown", heard);
    return () => {
      window.removeEventListener("keydown", heard);
    };
  }, [player]);
}
