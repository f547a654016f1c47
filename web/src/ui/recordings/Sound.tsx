import { Slider } from "@mantine/core";
import { IconVolume, IconVolumeOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Scene } from "../../player/scene";
import { useText, useWords } from "../shared/text";
import { personsOf, type Person } from "./persons";
import classes from "./player.module.css";
import { reasonWords } from "./reasons";
import type { Opened } from "./usePlayer";

/** By person, 0 to 100; who is not in it has 100. */
export type Levels = ReadonlyMap<string, number>;

interface Props {
  readonly opened: Opened;
  readonly scene: Scene;
  readonly levels: Levels;
  readonly onLevels: (levels: Levels) => void;
}

/** How loud each person is; it holds for all their sounds, later ones too. Who has none at the moment: why. */
export function Sound({ opened, scene, levels, onLevels }: Props): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings.player;
  const present = personsOf(opened.timeline)
    .map((person) => ({ person, now: scene.sounds.filter(({ lane }) => person.tracks.includes(lane.id)) }))
    .filter(({ now }) => now.length > 0);
  const set = (person: Person, level: number): void => {
    onLevels(new Map([...levels, [person.key, level]]));
  };
  return (
    <section className={classes["sound"]}>
      <h2>{words.sound}</h2>
      {present.length === 0 && <p className={classes["soft"]}>{words.noSound}</p>}
      {present.map(({ person, now }) => {
        const silent = now.every(({ plays, hole }) => !plays || hole !== null);
        const why = silent ? reasonWords(text, language, now.find(({ hole }) => hole)?.hole?.gap ?? null) : null;
        const level = levels.get(person.key) ?? 100;
        return <Fader key={person.key} person={person} level={level} why={why} onLevel={(to) => { set(person, to); }} />;
      })}
    </section>
  );
}

interface FaderProps {
  readonly person: Person;
  readonly level: number;
  /** Why there is no sound at this moment; null: there is. */
  readonly why: string | null;
  readonly onLevel: (level: number) => void;
}

function Fader({ person, level, why, onLevel }: FaderProps): ReactNode {
  const words = useText().recordings.player;
  const name = person.name || words.unnamed;
  const label = level === 0 ? words.unmute(name) : words.mute(name);
  return (
    <div className={classes["person"]} data-person={person.key} data-silent={why !== null}>
      <button
        type="button"
        className={classes["icon"]}
        aria-label={label}
        title={label}
        onClick={() => {
          onLevel(level === 0 ? 100 : 0);
        }}
      >
        {level === 0 ? <IconVolumeOff size={20} /> : <IconVolume size={20} />}
      </button>
      <span className={classes["who"]}>
        <span>{name}</span>
        {why !== null && <small>{why}</small>}
      </span>
      <Slider className={classes["level"] ?? ""} thumbLabel={words.volumeOf(name)} label={null} value={level} onChange={onLevel} />
    </div>
  );
}
