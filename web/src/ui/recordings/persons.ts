import { byPerson, type Timeline } from "../../player/timeline";

/** Somebody with sound; who came twice is one person as long as the name is the same. */
export interface Person {
  readonly key: string;
  readonly name: string;
  /** Ids of the tracks with sound. */
  readonly tracks: readonly string[];
}

export function personsOf(timeline: Timeline): Person[] {
  const persons = new Map<string, { key: string; name: string; tracks: string[] }>();
  for (const { id, track } of byPerson(timeline)) {
    if (track.kind !== "audio") continue;
    const key = track.name || track.participant || id;
    const person = persons.get(key) ?? { key, name: track.name, tracks: [] };
    person.tracks.push(id);
    persons.set(key, person);
  }
  return [...persons.values()];
}
