import { useState, type ReactNode } from "react";
import type { Rect } from "../../layout/grid";
import type { RoomView } from "../../model/room";
import type { WallAlarm, WallPane } from "../../protocol/generated";
import type { TruthBoard } from "./board";
import { AlarmFrame } from "./AlarmFrame";
import { PaneContent } from "./PaneContent";
import { PaneCover } from "./PaneCover";
import { PanePicture } from "./PanePicture";
import { PanePlate } from "./PanePlate";
import classes from "./panes.module.css";
import { nextOf, ownerOf, videoOf, whoOf } from "./tracks";
import { isLive, isPictured, type PaneTruth } from "./truth";
import type { PaneWords } from "./words";

interface Props {
  readonly pane: WallPane;
  readonly place: Rect;
  /** Null: nobody has looked yet. */
  readonly truth: PaneTruth | null;
  /** When was looked, page's wall clock. */
  readonly atMs: number;
  readonly view: RoomView;
  readonly media: ReadonlyMap<string, MediaStreamTrack>;
  readonly words: PaneWords;
  readonly alarm: WallAlarm | null;
  readonly frames: "live" | "off";
  readonly board: TruthBoard;
  readonly overlay: ((pane: WallPane, place: Rect) => ReactNode) | undefined;
}

/** One pane: its picture or other content, and what must be said of it. */
export function PaneView({ pane, place, truth, atMs, view, media, words, alarm, frames, board, overlay }: Props): ReactNode {
  const who = whoOf(pane, view);
  const serverMs = atMs + view.clockOffsetMs;
  const state = truth?.state ?? "waiting";
  const front = videoOf(who, pane.screen);
  const next = nextOf(pane, view, serverMs);
  const [shown, setShown] = useState<string | null>(null);
  const wanted = isPictured(state) ? (front?.id ?? null) : null;
  // The last one's picture stands until the next one's first frame: meanwhile its own name stays under it.
  const held = wanted !== null && shown !== null && shown !== wanted ? ownerOf(shown, view) : null;
  return (
    <article
      className={classes["pane"]}
      aria-label={words.panes.pane(pane.index + 1, pane.name)}
      data-pane={pane.index}
      data-state={state}
      data-shows={pane.shows ?? undefined}
      data-track={truth?.key ?? undefined}
      data-age-ms={truth?.ageMs ?? undefined}
      data-shown={shown ?? undefined}
      data-alarm={pane.alarm !== null}
      style={{ transform: `translate(${String(place.x)}px, ${String(place.y)}px)`, width: place.width, height: place.height }}
    >
      <PanePicture
        pane={pane.index}
        front={wanted}
        next={next?.id ?? null}
        media={media}
        shown={shown}
        onShown={setShown}
        dim={!isLive(state)}
        board={board}
      />
      {state === "content" && <PaneContent pane={pane} serverMs={serverMs} words={words} frames={frames} />}
      {!held && <PaneCover pane={pane} who={who} truth={truth} serverMs={serverMs} words={words} />}
      <PanePlate pane={pane} who={who} held={held} truth={truth} serverMs={serverMs} view={view} words={words} />
      {pane.alarm !== null && <AlarmFrame text={alarm?.text ?? ""} words={words} />}
      {overlay && <div className={classes["overlay"]}>{overlay(pane, place)}</div>}
    </article>
  );
}
