import type { Console } from "./console";

/**
 * What browser tests may look at, read only: `window.__huishang` on the console.
 * - `state()`: phase, own id, participants, walls by id, what the kiosks told, edits that wait, round trip of the last
 *   edit in milliseconds, ids of tracks that arrive.
 */
export function exposeConsole(desk: Console): void {
  const hook = {
    state: () => {
      const { phase, view, walls, media } = desk.state.get();
      return {
        phase,
        you: view.you,
        participants: [...view.people.values()],
        walls: Object.fromEntries(walls.walls),
        seen: Object.fromEntries(walls.seen),
        waiting: desk.edits.waiting.get().length,
        roundTripMs: desk.edits.roundTripMs,
        media: [...media.keys()],
      };
    },
  };
  Object.defineProperty(window, "__huishang", { value: Object.freeze(hook), configurable: true });
}
