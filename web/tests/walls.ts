import type { Wall, WallPane } from "../src/protocol/generated";

export function pane(index: number, change: Partial<WallPane> = {}): WallPane {
  return {
    index,
    rect: { x: 0, y: 0, width: 1, height: 1 },
    content: { kind: "nothing" },
    state: "empty",
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

export function wall(id: string, change: Partial<Wall> = {}): Wall {
  return {
    type: "wall",
    id,
    name: `name of ${id}`,
    version: 1,
    board: { width: 3840, height: 2160, template: "grid-1", windows: [], panes: [{ kind: "nothing" }], groups: [] },
    scene: null,
    sceneVersion: 0,
    enlarged: null,
    muted: true,
    only: "",
    hears: null,
    panes: [pane(0)],
    rotations: [],
    alarms: [],
    takenBy: null,
    takenName: "",
    online: true,
    sharing: false,
    ...change,
  };
}
