/** Beyond this an element is put to its place by a jump; milliseconds of the recording. */
export const JUMP_MS = 300;
/** While standing still a picture shows its very place. */
const STILL_MS = 15;
/** An element this close is left alone… */
const CLOSE_MS = 15;
/** …until it is this far off. */
const LOOSE_MS = 35;
const MOST = 0.05;
/** The error is worked off in about this time. */
const WITHIN_MS = 1_500;

export type Steering = { readonly kind: "leave" } | { readonly kind: "rate"; readonly factor: number } | { readonly kind: "jump" };

/**
 * How to keep an element in step. `errorMs`: how far it is ahead of the clock (negative: behind). `nudging`: its speed
 * is off the clock's at the moment. The factor on the speed stays within ±5 %, which nobody hears.
 */
export function steer(errorMs: number, running: boolean, nudging: boolean, rate: number): Steering {
  const off = Math.abs(errorMs);
  if (!running) return off > STILL_MS ? { kind: "jump" } : { kind: "rate", factor: 1 };
  // At four times the speed the same moment of real time is four times as long on the recording.
  const scale = Math.max(1, rate);
  if (off > JUMP_MS * scale) return { kind: "jump" };
  if (off <= CLOSE_MS) return { kind: "rate", factor: 1 };
  if (!nudging && off <= LOOSE_MS) return { kind: "leave" };
  return { kind: "rate", factor: 1 - Math.max(-MOST, Math.min(MOST, errorMs / WITHIN_MS)) };
}
