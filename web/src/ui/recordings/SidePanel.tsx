import { Slider } from "@mantine/core";
import { IconVolume, IconVolumeOff } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Scene } from "../../player/scene";
import { useText, useWords } from "../shared/text";
import { clockWords, timeWords } from "./describe";
import { eventWords } from "./reasons";
import classes from "./player.module.css";
import type { Opened } from "./usePlayer";
import { usePositionMs } from "./useScene";
import { personsOf, type Person } from "./persons";

interface Props {
  readonly opened: Opened;
  readonly scene: Scene;
}

export function SidePanel({ opened, scene }: Props): ReactNode {
  return (
    <aside className={classes["side"]}>
      <Sound opened={opened} scene={scene} />
      <Events opened={opened} />
    </aside>
  );
}

/** How loud each person is; it holds for all their sounds, later ones too. */
function Sound({ opened, scene }: Props): ReactNode {
  const text = useText();
  const words = text.recordings.player;
  const [levels, setLevels] = useState<ReadonlyMap<string, number>>(new Map());
  const persons = personsOf(opened.timeline);
  const heard = new Set(scene.sounds.map(({ lane }) => lane.id));
  const present = persons.filter((person) => person.tracks.some((track) => heard.has(track)));
  const set = (person: Person, level: number): void => {
    setLevels(new Map([...levels, [person.key, level]]));
    for (const track of person.tracks) opened.player.setVolume(track, level / 100);
  };
  return (
    <section>
      <h2>{words.sound}</h2>
      {present.length === 0 && <p className={classes["soft"]}>{words.noSound}</p>}
      {present.map((person) => {
        const name = person.name || words.unnamed;
        const level = levels.get(person.key) ?? 100;
        const label = level === 0 ? words.unmute(name) : words.mute(name);
        return (
          <div key={person.key} className={classes["person"]} data-person={person.key}>
            <button
              type="button"
              className={classes["icon"]}
              aria-label={label}
              title={label}
              onClick={() => {
                set(person, level === 0 ? 100 : 0);
              }}
            >
              {level === 0 ? <IconVolumeOff size={20} /> : <IconVolume size={20} />}
            </button>
            <span>{name}</span>
            <Slider
              className={classes["level"] ?? ""}
              thumbLabel={words.volumeOf(name)}
              label={null}
              value={level}
              onChange={(value) => {
                set(person, value);
              }}
            />
          </div>
        );
      })}
    </section>
  );
}

function Events({ opened: { recording, timeline, player } }: { readonly opened: Opened }): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings.player;
  const atMs = usePositionMs(player, 1000);
  const latest = recording.events.filter((event) => event.atMs <= atMs + 1000).at(-1);
  return (
    <section className={classes["events"]}>
      <h2>{words.events}</h2>
      {recording.events.length === 0 && <p className={classes["soft"]}>{words.noEvents}</p>}
      <ol>
        {recording.events.map((event) => (
          <li key={`${String(event.atMs)}/${event.kind}/${event.participant}`}>
            <button
              type="button"
              aria-current={event === latest ? "step" : undefined}
              data-kind={event.kind}
              onClick={() => {
                player.seek(event.atMs);
              }}
            >
              <time title={timeWords(language, event.atMs)}>{clockWords(event.atMs - timeline.fromMs)}</time>
              <span>{eventWords(text, event)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
