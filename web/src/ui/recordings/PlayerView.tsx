import { useEffect, useState, type ReactNode } from "react";
import type { RecordingsApi } from "../../app/recordings-api";
import { placeOf } from "../../app/recordings-place";
import { useStore } from "../shared/hooks";
import { Controls } from "./Controls";
import { Lanes } from "./Lanes";
import classes from "./player.module.css";
import { personsOf } from "./persons";
import { Screen } from "./Screen";
import { SidePanel, type Levels } from "./SidePanel";
import { keepPlace, readPlace } from "./usePlace";
import type { Opened, Player } from "./usePlayer";
import { usePlayerKeys } from "./usePlayerKeys";
import { useScene } from "./useScene";

const KEEP_MS = 1_000;

interface Props {
  readonly opened: Opened;
  readonly api: RecordingsApi;
  readonly phone: boolean;
}

/** Pictures, time line, controls; beside them sound, events and films. */
export function PlayerView({ opened, api, phone }: Props): ReactNode {
  const { player, timeline } = opened;
  const view = useStore(player.view);
  const scene = useScene(player, timeline);
  const [big, setBig] = useState(() => readPlace().big);
  const [side, setSide] = useState(!phone);
  const [levels, setLevels] = useState<Levels>(new Map());
  usePlayerKeys(player);
  useEffect(() => {
    player.prefer(big);
  }, [player, big]);
  useEffect(() => {
    for (const { key, tracks } of personsOf(timeline)) {
      const level = levels.get(key) ?? 100;
      for (const track of tracks) player.setVolume(track, level / 100);
    }
  }, [player, timeline, levels]);
  useKeptPlace(player, opened, big);
  return (
    <div className={classes["body"]} data-side={side}>
      <Screen scene={scene} view={view} opened={opened} chosen={big} onChoose={setBig} />
      <div className={classes["deskArea"]}>
        <Controls
          opened={opened}
          view={view}
          side={side}
          onSide={() => {
            setSide(!side);
          }}
        />
        <Lanes opened={opened} big={big} onChoose={setBig} />
      </div>
      {side && <SidePanel opened={opened} api={api} scene={scene} levels={levels} onLevels={setLevels} />}
    </div>
  );
}

/** The address names the recording, the position and the big picture; written once a second, and when another picture is chosen. */
function useKeptPlace(player: Player, { recording, timeline }: Opened, big: string | null): void {
  const { id } = recording;
  const { fromMs } = timeline;
  useEffect(() => {
    const keep = (): void => {
      // The way to the library or to a film is being taken.
      if (readPlace().recording !== id || readPlace().film !== null) return;
      const place = { ...placeOf(id), atS: Math.round((player.position.get() - fromMs) / 100) / 10, big };
      if (readPlace().atS !== place.atS || readPlace().big !== big) keepPlace(place);
    };
    keep();
    const timer = setInterval(keep, KEEP_MS);
    return () => {
      clearInterval(timer);
    };
  }, [player, id, fromMs, big]);
}
