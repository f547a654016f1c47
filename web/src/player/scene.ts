import { holeAt, isPresent, partAt, type Hole, type Lane, type Timeline } from "./timeline";

/** One track at one moment. */
export interface Shown {
  readonly lane: Lane;
  /** Null: it plays. */
  readonly hole: Hole | null;
  readonly plays: boolean;
}

export interface Scene {
  readonly pictures: readonly Shown[];
  readonly sounds: readonly Shown[];
}

const SCREEN_FIRST = ["screen", "camera"] as const;

function rank({ track }: Lane): number {
  const at = SCREEN_FIRST.findIndex((one) => one === track.source);
  return at < 0 ? SCREEN_FIRST.length : at;
}

/** What is to be seen and heard at this time: screens first, then in the order of the recording. */
export function sceneAt({ lanes }: Timeline, atMs: number): Scene {
  const present = lanes
    .filter((lane) => isPresent(lane, atMs))
    .map((lane) => ({ lane, hole: holeAt(lane, atMs), plays: partAt(lane, atMs) !== null }));
  const pictures = present.filter(({ lane }) => lane.track.kind === "video");
  return {
    pictures: pictures.sort((a, b) => rank(a.lane) - rank(b.lane)),
    sounds: present.filter(({ lane }) => lane.track.kind === "audio"),
  };
}

/** Changes when the scene does. */
export function sceneKey({ pictures, sounds }: Scene): string {
  const one = ({ lane, hole, plays }: Shown): string => `${lane.id}:${hole ? String(hole.fromMs) : String(plays)}`;
  return [...pictures.map(one), "", ...sounds.map(one)].join(" ");
}

/** The big picture: the chosen one while it is there, else the first that plays, else the first. */
export function bigOf({ pictures }: Scene, chosen: string | null): Shown | null {
  return pictures.find(({ lane }) => lane.id === chosen) ?? pictures.find(({ plays }) => plays) ?? pictures[0] ?? null;
}
