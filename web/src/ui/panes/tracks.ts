import { screenOf, trackOf, type RoomView } from "../../model/room";
import type { Participant, Track, WallPane } from "../../protocol/generated";

/** Who stands in the pane, as the room knows them now. */
export function whoOf(pane: Pick<WallPane, "shows">, view: RoomView): Participant | null {
  return pane.shows === null ? null : (view.people.get(pane.shows) ?? null);
}

/** The picture that a pane shows of somebody: the shared screen, or the camera. */
export function videoOf(who: Participant | null, screen: boolean): Track | null {
  if (!who) return null;
  return screen ? screenOf(who) : trackOf(who, "camera");
}

/** Whose track it is; null: nobody's who is here. */
export function ownerOf(track: string, view: RoomView): Participant | null {
  for (const who of view.people.values()) if (who.tracks.some((one) => one.id === track)) return who;
  return null;
}

/** The picture that comes next into the pane, when its turn is near: it is asked for before. */
export function nextOf(pane: WallPane, view: RoomView, nowMs: number): Track | null {
  if (pane.next === null || pane.nextAtMs === null || pane.nextAtMs - nowMs > LEAD_MS) return null;
  return videoOf(view.people.get(pane.next) ?? null, false);
}

/** So long before its turn a picture is asked for: negotiation and a keyframe need up to a second each. */
const LEAD_MS = 3_500;
