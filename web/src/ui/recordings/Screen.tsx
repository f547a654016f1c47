import { Button, Loader } from "@mantine/core";
import { IconPlayerTrackNext } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { ElementDeck } from "../../player/deck";
import type { PlayerView } from "../../player/conductor";
import { bigOf, type Scene, type Shown } from "../../player/scene";
import { useText, useWords } from "../shared/text";
import { timeWords } from "./describe";
import { Picture } from "./Picture";
import classes from "./player.module.css";
import type { Opened } from "./usePlayer";
import { useSkip } from "./useScene";

interface Props {
  readonly scene: Scene;
  readonly view: PlayerView<ElementDeck>;
  readonly opened: Opened;
  readonly chosen: string | null;
  readonly onChoose: (track: string) => void;
}

/** The big picture and all others beside it; a press makes another one big. */
export function Screen({ scene, view, opened, chosen, onChoose }: Props): ReactNode {
  const text = useText().recordings.player;
  const big = bigOf(scene, chosen);
  const others = scene.pictures.filter((one) => one.lane.id !== big?.lane.id);
  const picture = (shown: Shown, isBig: boolean): ReactNode => (
    <Picture
      key={shown.lane.id}
      shown={shown}
      view={view.lanes.get(shown.lane.id) ?? null}
      player={opened.player}
      big={isBig}
      onChoose={() => {
        onChoose(shown.lane.id);
      }}
    />
  );
  return (
    <section className={classes["screen"]} data-others={others.length > 0}>
      <div className={classes["big"]}>
        {big ? picture(big, true) : <p className={classes["nothing"]}>{text.noPicture}</p>}
        {view.waiting && (
          <span className={classes["buffering"]} role="status">
            <Loader size="sm" color="white" />
            {text.buffering}
          </span>
        )}
        <Skip opened={opened} />
      </div>
      {others.length > 0 && (
        <div className={classes["others"]} aria-label={text.pictures} role="group">
          {others.map((one) => picture(one, false))}
        </div>
      )}
    </section>
  );
}

/** Nothing at all was recorded here: the way to where something was. */
function Skip({ opened: { player, timeline } }: { readonly opened: Opened }): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings.player;
  const toMs = useSkip(player, timeline);
  if (toMs === null) return null;
  return (
    <div className={classes["skip"]} role="status">
      <span>{words.nothing}</span>
      <Button
        size="md"
        leftSection={<IconPlayerTrackNext size={18} aria-hidden />}
        onClick={() => {
          player.seek(toMs);
        }}
      >
        {words.skip(timeWords(language, toMs))}
      </Button>
    </div>
  );
}
