import { useState, type ReactNode } from "react";
import type { RecordingsApi } from "../../app/recordings-api";
import type { Scene } from "../../player/scene";
import { useText } from "../shared/text";
import { Events } from "./Events";
import { FilmList } from "./films/FilmList";
import classes from "./player.module.css";
import { Sound, type Levels } from "./Sound";
import type { Opened } from "./usePlayer";

export type { Levels };

interface Props {
  readonly opened: Opened;
  readonly api: RecordingsApi;
  readonly scene: Scene;
  readonly levels: Levels;
  readonly onLevels: (levels: Levels) => void;
}

const SHEETS = ["events", "films"] as const;
type Sheet = (typeof SHEETS)[number];

/** How loud everybody is; below it what happened, or the films made of it. */
export function SidePanel({ opened, api, scene, levels, onLevels }: Props): ReactNode {
  const { player: words, films } = useText().recordings;
  const [sheet, setSheet] = useState<Sheet>("events");
  const names = { events: words.events, films: films.title };
  const { recording, timeline, player } = opened;
  return (
    <aside className={classes["side"]}>
      <Sound opened={opened} scene={scene} levels={levels} onLevels={onLevels} />
      <div className={classes["sheets"]} role="tablist">
        {SHEETS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={one === sheet}
            data-sheet={one}
            onClick={() => {
              setSheet(one);
            }}
          >
            {names[one]}
          </button>
        ))}
      </div>
      <section className={classes["sheet"]} role="tabpanel" aria-label={names[sheet]}>
        {sheet === "events" ? (
          <Events opened={opened} />
        ) : (
          <FilmList
            recordings={api}
            recording={recording.id}
            extent={timeline}
            running={recording.state === "recording"}
            positionMs={player.position.get}
          />
        )}
      </section>
    </aside>
  );
}
