import { useEffect, useMemo, useState, type ReactNode } from "react";
import type { Language } from "../../i18n/language";
import type { Box, Rect } from "../../layout/grid";
import type { RoomView } from "../../model/room";
import type { WallAlarm, WallPane } from "../../protocol/generated";
import type { Phase } from "../../rtc/session";
import { useStore } from "../shared/hooks";
import { TruthBoard } from "./board";
import { PaneView } from "./PaneView";
import classes from "./panes.module.css";
import { placePanes } from "./place";
import type { PaneTruth } from "./truth";
import { paneWords } from "./words";

export interface PaneGridProps {
  readonly panes: readonly WallPane[];
  /** The board's width and height. */
  readonly canvas: Box;
  /** The place for it, CSS pixels. */
  readonly box: Box;
  readonly view: RoomView;
  /** By track id. */
  readonly media: ReadonlyMap<string, MediaStreamTrack>;
  /** This page's own session. */
  readonly link: Phase;
  readonly language: Language;
  readonly alarms?: readonly WallAlarm[];
  /** "off": a web page is named, not opened. */
  readonly frames?: "live" | "off";
  /** Drawn above a pane; fills it. */
  readonly overlay?: (pane: WallPane, place: Rect) => ReactNode;
  /** Told twice a second and at each change, by the pane's index. */
  readonly onTruths?: (truths: ReadonlyMap<number, PaneTruth>) => void;
}

const NO_ALARMS: readonly WallAlarm[] = [];

/** The panes of a wall. They are drawn in the order of their indices, so that no video and no web page ever moves. */
export function PaneGrid(props: PaneGridProps): ReactNode {
  const { panes, canvas, box, view, media, link, language, alarms = NO_ALARMS, frames = "live", overlay, onTruths } = props;
  const [board] = useState(() => new TruthBoard());
  const { atMs, of } = useStore(board.truths);
  const { width, height } = canvas;
  const places = useMemo(() => placePanes(panes, { width, height }, box), [panes, width, height, box]);
  useEffect(() => board.start(), [board]);
  useEffect(() => {
    board.know({ panes, view, link });
  }, [board, panes, view, link]);
  useEffect(() => {
    onTruths?.(of);
  }, [onTruths, of]);
  const words = paneWords(language);
  return (
    <div className={classes["grid"]} role="group" aria-label={words.panes.label} style={{ width: box.width, height: box.height }}>
      {[...panes]
        .sort((a, b) => a.index - b.index)
        .map((pane) => {
          const place = places.get(pane.index);
          return place ? (
            <PaneView
              key={pane.index}
              pane={pane}
              place={place}
              truth={of.get(pane.index) ?? null}
              atMs={atMs}
              view={view}
              media={media}
              words={words}
              alarm={alarms.find((one) => one.id === pane.alarm) ?? null}
              frames={frames}
              board={board}
              overlay={overlay}
            />
          ) : null;
        })}
    </div>
  );
}
