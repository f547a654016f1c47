import { useEffect, useState, type ReactNode } from "react";
import { useStore } from "../shared/hooks";
import { Controls } from "./Controls";
import { Lanes } from "./Lanes";
import classes from "./player.module.css";
import { Screen } from "./Screen";
import { SidePanel } from "./SidePanel";
import { keepPlace, readPlace } from "./usePlace";
import type { Opened, Player } from "./usePlayer";
import { usePlayerKeys } from "./usePlayerKeys";
import { useScene } from "./useScene";

const KEEP_MS = 1_000;

/** Pictures, time line, controls; beside them events and sound. */
export function PlayerView({ opened, phone }: { readonly opened: Opened; readonly phone: boolean }): ReactNode {
  const { player, timeline } = opened;
  const view = useStore(player.view);
  const scene = useScene(player, timeline);
  const [big, setBig] = useState(() => readPlace().big);
  const [side, setSide] = useState(!phone);
  usePlayerKeys(player);
  useEffect(() => {
    player.prefer(big);
  }, [player, big]);
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
      {side && <SidePanel opened={opened} scene={scene} />}
    </div>
  );
}

/** The address names the recording, the position and the big picture; written once a second at most. */
function useKeptPlace(player: Player, { recording, timeline }: Opened, big: string | null): void {
  const { id } = recording;
  const { fromMs } = timeline;
  useEffect(() => {
    const keep = (): void => {
      // The way back to the library is being taken.
      if (readPlace().recording !== id) return;
      const place = { recording: id, atS: Math.round((player.position.get() - fromMs) / 100) / 10, big };
      if (readPlace().atS !== place.atS || readPlace().big !== big) keepPlace(place);
    };
    const timer = setInterval(keep, KEEP_MS);
    return () => {
      clearInterval(timer);
    };
  }, [player, id, fromMs, big]);
}
