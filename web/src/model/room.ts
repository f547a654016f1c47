import type { Heard } from "./feed";
import type { LayerReason, Participant, Room, ServerMessage, SharedLayout, Text, Track } from "../protocol/generated";

export interface LayerView {
  readonly layer: number | null;
  readonly reason: LayerReason;
}

/** The room as this page knows it. Never changed in place: `fold` makes the next one. */
export interface RoomView {
  readonly you: string;
  readonly room: Room | null;
  readonly people: ReadonlyMap<string, Participant>;
  readonly layers: ReadonlyMap<string, LayerView>;
  /** Who speaks now, loudest first. */
  readonly speakers: readonly string[];
  /** Who spoke last, not this page's own person: the speaker view stays on them in a silence. */
  readonly lastSpeaker: string | null;
  /** Server clock minus page clock, milliseconds. */
  readonly clockOffsetMs: number;
  /** The numbers of the sources, by participant. */
  readonly numbers: ReadonlyMap<string, Heard>;
  /** The layout that a host pushed to everybody; null: everybody has its own view. */
  readonly shared: Shared | null;
}

export interface Shared extends SharedLayout {
  readonly panes: NonNullable<SharedLayout["panes"]>;
}

export const EMPTY_ROOM: RoomView = {
  you: "",
  room: null,
  people: new Map(),
  layers: new Map(),
  speakers: [],
  lastSpeaker: null,
  clockOffsetMs: 0,
  numbers: new Map(),
  shared: null,
};

/** What the room looks like after `message`. `nowMs` is the page's wall clock. */
export function fold(view: RoomView, message: ServerMessage, nowMs: number): RoomView {
  switch (message.type) {
    case "welcome":
      return {
        ...view,
        you: message.you,
        room: message.room,
        people: new Map(message.participants.map((one) => [one.id, one])),
        layers: message.resumed ? view.layers : new Map(),
        // What is shared is told after each welcome.
        shared: null,
        clockOffsetMs: message.serverTimeMs - nowMs,
      };
    case "joined":
    case "updated":
      return withPerson(view, message.participant);
    case "left":
      return without(view, message.participant);
    case "layer": {
      const { layer, reason } = message;
      return { ...view, layers: new Map(view.layers).set(message.track, { layer, reason }) };
    }
    case "speakers": {
      const other = message.participants.find((id) => id !== view.you && view.people.has(id));
      return { ...view, speakers: message.participants, lastSpeaker: other ?? view.lastSpeaker };
    }
    case "sources":
      return { ...view, numbers: new Map(message.sources.map((one) => [one.participant, { ...one, atMs: nowMs }])) };
    case "recording":
      return { ...view, room: view.room && { ...view.room, recording: message.recording } };
    case "layout": {
      const { panes } = message;
      return { ...view, shared: panes && { ...message, panes } };
    }
    // Walls have a model of their own: see walls.ts.
    case "wall":
    case "wall-gone":
    case "wall-seen":
    case "scenes":
    case "publish-answer":
    case "subscribe-offer":
    case "pong":
    case "refused":
    case "goodbye":
      return view;
    default:
      return message satisfies never;
  }
}

function withPerson(view: RoomView, who: Participant): RoomView {
  const people = new Map(view.people).set(who.id, who);
  const kept = new Set(who.tracks.map((track) => track.id));
  const gone = view.people.get(who.id)?.tracks.filter((track) => !kept.has(track.id)) ?? [];
  return { ...view, people, layers: withoutLayers(view.layers, gone) };
}

function withoutLayers(layers: RoomView["layers"], tracks: readonly Track[]): RoomView["layers"] {
  if (!tracks.some((track) => layers.has(track.id))) return layers;
  const left = new Map(layers);
  for (const track of tracks) left.delete(track.id);
  return left;
}

function without(view: RoomView, id: string): RoomView {
  const gone = view.people.get(id);
  if (!gone) return view;
  const people = new Map(view.people);
  people.delete(id);
  const numbers = new Map(view.numbers);
  numbers.delete(id);
  return {
    ...view,
    people,
    numbers,
    layers: withoutLayers(view.layers, gone.tracks),
    speakers: view.speakers.filter((one) => one !== id),
    lastSpeaker: view.lastSpeaker === id ? null : view.lastSpeaker,
  };
}

/** What is worth a short message on the screen. */
export type Notice =
  | { readonly kind: "joined" | "left" | "lost" | "removed"; readonly name: string }
  | { readonly kind: "shares"; readonly name: string }
  /** `name`: who began it; empty: the room's setting or an administrator. */
  | { readonly kind: "recordingBegun" | "recordingEnded"; readonly name: string }
  | { readonly kind: "refused"; readonly text: Text };

const ASKED: ReadonlySet<string> = new Set(["publish-offer", "remove", "block", "record-start", "record-stop"]);

/** `before` is the room as it was when `message` came. A snapshot is no news: only single events are told. */
export function noticesOf(before: RoomView, message: ServerMessage): Notice[] {
  switch (message.type) {
    case "joined":
      if (message.participant.kind === "wall") return [];
      return message.participant.id === before.you ? [] : [{ kind: "joined", name: message.participant.name }];
    case "left": {
      const { name, kind } = before.people.get(message.participant) ?? {};
      if (name === undefined || kind === "wall" || message.participant === before.you || message.reason === "replaced") return [];
      if (message.reason === "room-closed") return [];
      return [{ kind: message.reason, name }];
    }
    case "updated": {
      const old = before.people.get(message.participant.id);
      const started = screenOf(message.participant) && old && !screenOf(old);
      return started && message.participant.id !== before.you ? [{ kind: "shares", name: message.participant.name }] : [];
    }
    case "refused":
      // Only what a person asked for; a wish or a mute that met a track just gone is nobody's concern.
      return ASKED.has(message.about ?? "") ? [{ kind: "refused", text: message.text }] : [];
    case "recording": {
      const was = before.room?.recording ?? null;
      if ((was === null) === (message.recording === null)) return [];
      if (message.recording === null) return [{ kind: "recordingEnded", name: "" }];
      return [{ kind: "recordingBegun", name: message.recording.startedBy }];
    }
    case "welcome":
    case "publish-answer":
    case "subscribe-offer":
    case "layer":
    case "speakers":
    case "sources":
    case "layout":
    case "wall":
    case "wall-gone":
    case "wall-seen":
    case "scenes":
    case "pong":
    case "goodbye":
      return [];
    default:
      return message satisfies never;
  }
}

export function trackOf(who: Participant, source: Track["source"]): Track | null {
  return who.tracks.find((track) => track.source === source) ?? null;
}

export function screenOf(who: Participant): Track | null {
  return trackOf(who, "screen");
}

/** How many are in the room, displays not counted. */
export function peopleIn(view: RoomView): number {
  return [...view.people.values()].filter((who) => who.kind !== "wall").length;
}
