import type { Meeting } from "./meeting";

/**
 * What browser tests may look at, read only: `window.__huishang` on the meeting page.
 * - `state()`: phase, own id, connection states, participants with their tracks and feeds, layers, numbers of the sources
 *   by participant, ids of tracks that have drawn a frame, ids of tracks that arrive.
 * - `stats()`: the streams as the statistics sheet shows them (`framesDecoded`, `fps`, `width`, `concealment`,
 *   `audioLevel` …; `key` is the track id for received ones, the source for sent ones); rates span the time between
 *   two calls.
 */
export function exposeForTests(meeting: Meeting): void {
  const hook = {
    state: () => {
      const { phase, connections, view, media, sharing } = meeting.state.get();
      return {
        phase,
        you: view.you,
        connections,
        participants: [...view.people.values()],
        layers: Object.fromEntries(view.layers),
        numbers: Object.fromEntries(view.numbers),
        speakers: view.speakers,
        playing: [...meeting.pictures.playing.get()],
        media: [...media.keys()],
        sharing,
      };
    },
    stats: () => meeting.stats(),
  };
  Object.defineProperty(window, "__huishang", { value: Object.freeze(hook), configurable: true });
}
