import { Button } from "@mantine/core";
import { IconAlertTriangle, IconDeviceTv, IconUnlink } from "@tabler/icons-react";
import { useEffect, useRef, type ReactNode } from "react";
import type { LaneView } from "../../player/conductor";
import type { ElementDeck } from "../../player/deck";
import type { Shown } from "../../player/scene";
import { useText, useWords } from "../shared/text";
import { sourceWords, nameOf } from "./describe";
import { failureWords, reasonWords } from "./reasons";
import classes from "./player.module.css";
import type { Player } from "./usePlayer";

interface Props {
  readonly shown: Shown;
  readonly view: LaneView<ElementDeck> | null;
  readonly player: Player;
  readonly big: boolean;
  readonly onChoose: () => void;
}

/** One picture with its name; over it, why there is none. */
export function Picture({ shown, view, player, big, onChoose }: Props): ReactNode {
  const text = useText();
  const host = useRef<HTMLDivElement>(null);
  const { track } = shown.lane;
  const name = nameOf(text, track);
  const element = view?.deck?.element ?? null;
  useEffect(() => {
    const place = host.current;
    if (!place || !element) return undefined;
    place.append(element);
    return () => {
      if (element.parentElement === place) element.remove();
    };
  }, [element]);
  const plate = <span className={classes["plate"]}>{`${name} · ${sourceWords(text, track)}`}</span>;
  return (
    <div className={classes["picture"]} data-track={track.id} data-big={big} data-plays={shown.plays}>
      <div ref={host} className={classes["host"]} />
      <Cover shown={shown} view={view} player={player} big={big} />
      {plate}
      {!big && <button type="button" className={classes["choose"]} aria-label={text.recordings.player.enlarge(name)} onClick={onChoose} />}
    </div>
  );
}

function Cover({ shown, view, player, big }: Omit<Props, "onChoose">): ReactNode {
  const text = useText();
  const words = text.recordings.player;
  const { language } = useWords();
  const why = reasonWords(text, language, shown.hole?.gap ?? null);
  if (view?.failure) {
    const { title, cure } = failureWords(text, view.failure, shown, player.position.get());
    return (
      <div className={classes["cover"]} role="alert">
        <IconAlertTriangle size={big ? 34 : 22} aria-hidden />
        <strong>{title}</strong>
        {big && <span>{cure}</span>}
        {big && (
          <Button
            variant="default"
            onClick={() => {
              player.retry(shown.lane.id);
            }}
          >
            {text.common.retry}
          </Button>
        )}
      </div>
    );
  }
  if (view?.left) {
    return (
      <div className={classes["cover"]}>
        <IconDeviceTv size={22} aria-hidden />
        <span>{words.notPlayed}</span>
      </div>
    );
  }
  if (shown.plays && !shown.hole) return null;
  return (
    <div className={classes["cover"]} data-thin={shown.plays}>
      <IconUnlink size={big ? 34 : 22} aria-hidden />
      <span>{why}</span>
    </div>
  );
}
