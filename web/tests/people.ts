import type { Participant, Track, Welcome } from "../src/protocol/generated";

export function track(id: string, change: Partial<Track> = {}): Track {
  return { id, kind: "video", source: "camera", muted: false, blocked: false, receiving: true, ...change };
}

export function person(id: string, change: Partial<Participant> = {}): Participant {
  return {
    id,
    identity: id,
    name: `name of ${id}`,
    role: "participant",
    kind: "person",
    presence: "here",
    joinedAtMs: 0,
    quality: 4,
    tracks: [],
    ...change,
  };
}

export function welcome(change: Partial<Welcome> = {}): Welcome {
  return {
    type: "welcome",
    version: 1,
    you: "me",
    room: { id: "r", name: "room", startedAtMs: 0 },
    participants: [person("me")],
    resume: "resume-1",
    resumeTtlS: 60,
    resumed: false,
    serverTimeMs: 5_000,
    ...change,
  };
}
