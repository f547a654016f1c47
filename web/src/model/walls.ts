import type {
  Participant,
  SeenPane,
  SeenState,
  ServerMessage,
  Wall,
  WallBoard,
  WallContent,
  WallGroup,
  WallPane,
  WallSeen,
  Window,
} from "../protocol/generated";
import { screenOf, trackOf, type RoomView } from "./room";

/** What a kiosk told last, and when it came (page's wall clock, milliseconds). */
export interface Seen extends WallSeen {
  readonly atMs: number;
}

/** The walls of the room as this console knows them. Never changed in place: `foldWalls` makes the next one. */
export interface WallsView {
  readonly walls: ReadonlyMap<string, Wall>;
  readonly seen: ReadonlyMap<string, Seen>;
  /** Known from before the connection was lost and not told again yet. */
  readonly doubtful: ReadonlySet<string>;
  /** How often the server said that the scenes are to be read; 0: not yet. */
  readonly scenesTold: number;
}

export const NO_WALLS: WallsView = { walls: new Map(), seen: new Map(), doubtful: new Set(), scenesTold: 0 };

/** The walls after `message`. `nowMs` is the page's wall clock. */
export function foldWalls(view: WallsView, message: ServerMessage, nowMs: number): WallsView {
  switch (message.type) {
    case "wall": {
      const doubtful = new Set(view.doubtful);
      doubtful.delete(message.id);
      const seen = message.online ? view.seen : dropped(view.seen, message.id);
      return { ...view, walls: new Map(view.walls).set(message.id, message), seen, doubtful };
    }
    case "wall-gone":
      return withoutWalls(view, new Set([message.wall]));
    case "wall-seen":
      return { ...view, seen: new Map(view.seen).set(message.wall, { ...message, atMs: nowMs }) };
    case "scenes":
      return { ...view, scenesTold: view.scenesTold + 1 };
    case "welcome":
      return { ...view, seen: new Map(), doubtful: new Set(view.walls.keys()) };
    default:
      return view;
  }
}

/** Forgets the walls that were not told again after the connection came back. */
export function withoutDoubtful(view: WallsView): WallsView {
  return view.doubtful.size === 0 ? view : withoutWalls(view, view.doubtful);
}

function withoutWalls(view: WallsView, gone: ReadonlySet<string>): WallsView {
  const kept = <T>(map: ReadonlyMap<string, T>): Map<string, T> => new Map([...map].filter(([id]) => !gone.has(id)));
  return { ...view, walls: kept(view.walls), seen: kept(view.seen), doubtful: new Set([...view.doubtful].filter((id) => !gone.has(id))) };
}

function dropped<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  if (!map.has(key)) return map;
  const left = new Map(map);
  left.delete(key);
  return left;
}

/** Walls in a steady order: by name, numbers by value. */
export function wallsOf(view: WallsView, language: string): Wall[] {
  const byName = new Intl.Collator(language, { numeric: true });
  return [...view.walls.values()].sort((a, b) => byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1));
}

/** Kiosks report every two seconds; later than this nothing is known of what they show. */
export const SEEN_FOR_MS = 6_000;

/** What the display itself says of a pane. changing: it does not draw this version yet; unknown: it said nothing lately. */
export type Truth = SeenState | "offline" | "unknown" | "changing";

export interface Shown {
  readonly state: Truth;
  readonly seen: SeenPane | null;
}

export function truthOf(view: WallsView, wall: Wall, pane: number, nowMs: number): Shown {
  if (!wall.online) return { state: "offline", seen: null };
  const told = view.seen.get(wall.id);
  if (!told || nowMs - told.atMs > SEEN_FOR_MS) return { state: "unknown", seen: null };
  const seen = told.panes.find((one) => one.pane === pane) ?? null;
  if (told.version < wall.version) return { state: "changing", seen };
  return { state: seen?.state ?? "unknown", seen };
}

/** Who may edit a wall: everybody, this console alone, or only somebody else's console. */
export function holderOf(wall: Wall, you: string): "free" | "mine" | "other" {
  if (wall.takenBy === null) return "free";
  return wall.takenBy === you ? "mine" : "other";
}

/** How panes name a person or a source; who came with an open invitation has no identity of its own. */
export function identityOf(who: Participant): string {
  return who.identity === "" ? who.id : who.identity;
}

/** The one in the room that is called so, or null. */
export function whoIs(view: RoomView, identity: string): Participant | null {
  if (identity === "") return null;
  for (const who of view.people.values()) if (identityOf(who) === identity) return who;
  return null;
}

/** What may be put on a wall: cameras of people, sources, shared screens. */
export interface Feedable {
  readonly key: string;
  readonly who: Participant;
  readonly kind: "person" | "source" | "screen";
  readonly content: WallContent;
  /** The video track, or null: there is no picture now. */
  readonly track: string | null;
}

export interface Feedables {
  readonly people: readonly Feedable[];
  readonly sources: readonly Feedable[];
  readonly screens: readonly Feedable[];
}

/** Everything of the room that a pane can hold, in the order in which it came. Displays and consoles are none. */
export function feedablesOf(view: RoomView): Feedables {
  const people: Feedable[] = [];
  const sources: Feedable[] = [];
  const screens: Feedable[] = [];
  const everybody = [...view.people.values()].sort((a, b) => a.joinedAtMs - b.joinedAtMs || (a.id < b.id ? -1 : 1));
  for (const who of everybody) {
    if (who.kind === "wall" || who.kind === "console" || who.kind === "viewer") continue;
    const identity = identityOf(who);
    const screen = screenOf(who);
    if (screen) screens.push({ key: `${who.id}/screen`, who, kind: "screen", content: { kind: "screen", identity }, track: screen.id });
    const kind = who.kind === "source" ? "source" : "person";
    const track = trackOf(who, "camera")?.id ?? null;
    const one: Feedable = { key: who.id, who, kind, content: { kind: "participant", identity }, track };
    (kind === "source" ? sources : people).push(one);
  }
  return { people, sources, screens };
}

/** The video track that a pane shows now, or null. */
export function trackIn(view: RoomView, pane: Pick<WallPane, "shows" | "screen">): string | null {
  const who = pane.shows === null ? undefined : view.people.get(pane.shows);
  if (!who) return null;
  return (pane.screen ? screenOf(who) : trackOf(who, "camera"))?.id ?? null;
}

/** The board with `group` in place of the one of the same id, or as one more. */
export function withGroup(board: WallBoard, group: WallGroup): WallBoard {
  const known = board.groups.some((one) => one.id === group.id);
  const groups = known ? board.groups.map((one) => (one.id === group.id ? group : one)) : [...board.groups, group];
  return { ...board, groups };
}

/** The board without a group; the panes that held it hold nothing. */
export function withoutGroup(board: WallBoard, id: string): WallBoard {
  const panes = board.panes.map((pane): WallContent => (pane.kind === "group" && pane.group === id ? { kind: "nothing" } : pane));
  return { ...board, panes, groups: board.groups.filter((one) => one.id !== id) };
}

/** The board with windows set by hand; contents keep their order, new windows hold nothing. */
export function withWindows(board: WallBoard, windows: readonly Window[], width: number, height: number): WallBoard {
  const panes = windows.map((_, index): WallContent => board.panes[index] ?? { kind: "nothing" });
  const alarmPane = typeof board.alarmPane === "number" && board.alarmPane < windows.length ? board.alarmPane : null;
  return { ...board, width, height, template: "free", windows, panes, alarmPane };
}

/** The origin of a web address, or null: it is none. */
export function originOf(address: string): string | null {
  try {
    return new URL(address).origin;
  } catch {
    return null;
  }
}

/** Sites whose pages a board would show although they are not allowed here, each once. */
export function foreignSites(board: Pick<WallBoard, "panes">, allowed: readonly string[]): string[] {
  const sites = board.panes.filter((pane) => pane.kind === "web").map(({ url = "" }) => originOf(url) ?? url);
  return [...new Set(sites)].filter((site) => !allowed.includes(site));
}

/** Seconds until a polling group turns, or null: it is paused, unknown, or holds no pane. */
export function turnsInS(wall: Wall, group: string, nowMs: number, clockOffsetMs: number): number | null {
  const at = wall.rotations.find((one) => one.group === group)?.turnsAtMs ?? null;
  return at === null ? null : Math.max(0, Math.ceil((at - nowMs - clockOffsetMs) / 1000));
}

/** Members of a group that get no turn now: not in the room, or without a picture. */
export function absentOf(view: RoomView, group: WallGroup): { readonly identity: string; readonly name: string | null }[] {
  return group.members.flatMap((identity) => {
    const who = whoIs(view, identity);
    const camera = who ? trackOf(who, "camera") : null;
    return who && camera && !camera.muted ? [] : [{ identity, name: who?.name ?? null }];
  });
}
