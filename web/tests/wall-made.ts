import { EMPTY_ROOM, type RoomView } from "../src/model/room";
import type { Participant, Wall, WallPane } from "../src/protocol/generated";

const CONTENT = { kind: "participant", identity: "a", group: "", url: "", text: "", untilMs: 0 } as const;

export function pane(index: number, change: Partial<WallPane> = {}): WallPane {
  return {
    index,
    rect: { x: 0, y: 0, width: 1, height: 1 },
    content: CONTENT,
    state: "shown",
    shows: null,
    screen: false,
    name: "",
    next: null,
    nextAtMs: null,
    alarm: null,
    pinned: false,
    ...change,
  };
}

/** `side` × `side` equal panes. */
export function gridOf(side: number, change: (index: number) => Partial<WallPane> = () => ({})): WallPane[] {
  return Array.from({ length: side * side }, (_, index) =>
    pane(index, {
      rect: { x: (index % side) / side, y: Math.floor(index / side) / side, width: 1 / side, height: 1 / side },
      ...change(index),
    }),
  );
}

export function roomWith(people: readonly Participant[], change: Partial<RoomView> = {}): RoomView {
  return { ...EMPTY_ROOM, you: "me", people: new Map(people.map((one) => [one.id, one])), ...change };
}

export function wall(panes: readonly WallPane[], change: Partial<Wall> = {}): Wall {
  return {
    type: "wall",
    id: "w",
    name: "Wall one",
    version: 1,
    board: { width: 3840, height: 2160, template: "grid-1", windows: [], panes: [], groups: [] },
    scene: null,
    sceneVersion: 0,
    enlarged: null,
    muted: true,
    only: "",
    hears: null,
    panes,
    rotations: [],
    alarms: [],
    takenBy: null,
    takenName: "",
    online: true,
    sharing: false,
    ...change,
  };
}
