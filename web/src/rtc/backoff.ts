const FIRST_MS = 200;
const LONGEST_MS = 5_000;

/**
 * Pause before attempt `attempt` (0 = first retry): doubles from 0.2 s to 5 s, of which the last half is random, so
 * that a restarted server is not met by every page in the same instant. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return ceiling / 2 + (ceiling / 2) * random;
}
