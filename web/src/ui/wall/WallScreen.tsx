import { useCallback, useEffect, useMemo, useRef, type ReactNode } from "react";
import type { Kiosk, KioskState } from "../../app/wall-kiosk";
import { screenSize } from "../../app/wall-browser";
import type { Language } from "../../i18n/language";
import type { Wall } from "../../protocol/generated";
import { PaneGrid } from "../panes/PaneGrid";
import { placePanes } from "../panes/place";
import { seenOf, type PaneTruth } from "../panes/truth";
import { paneWishes } from "../panes/wishes";
import { useNowMs } from "../shared/hooks";
import { KioskNotes } from "./KioskNotes";
import type { KioskWords } from "./kioskWords";
import classes from "./kiosk.module.css";
import { useScreenBox } from "./useScreenBox";

interface Props {
  readonly kiosk: Kiosk;
  readonly state: KioskState;
  readonly wall: Wall;
  readonly words: KioskWords;
  readonly language: Language;
}

/** The wall itself: its panes on the whole screen, and a small word when something is the matter with the display. */
export function WallScreen({ kiosk, state, wall, words, language }: Props): ReactNode {
  const { view, media, phase } = state;
  const box = useScreenBox();
  const nowMs = useNowMs();
  const { width, height } = wall.board;
  const canvas = useMemo(() => ({ width, height }), [width, height]);
  const places = useMemo(() => placePanes(wall.panes, canvas, box), [wall.panes, canvas, box]);
  useEffect(() => {
    kiosk.want(paneWishes(wall.panes, places, view, window.devicePixelRatio, nowMs + view.clockOffsetMs));
  }, [kiosk, wall.panes, places, view, nowMs]);
  const onTruths = useReport(kiosk, wall.version);
  const blank = wall.panes.every((pane) => pane.state === "empty" && pane.shows === null);
  return (
    <main className={classes["wall"]} data-wall={wall.id} data-version={wall.version} data-phase={phase}>
      <PaneGrid
        panes={wall.panes}
        canvas={canvas}
        box={box}
        view={view}
        media={media}
        link={phase}
        language={language}
        alarms={wall.alarms}
        onTruths={onTruths}
      />
      {blank && (
        <p className={classes["blank"]}>
          <strong>{wall.name}</strong>
          <span>{words.blank}</span>
          <small>{words.blankLead}</small>
        </p>
      )}
      <KioskNotes state={state} nowMs={nowMs} words={words} />
    </main>
  );
}

const REPORT_EVERY_MS = 2_000;

/** Tells the server what the panes really show: every two seconds, and at once when a pane's state changes. */
function useReport(kiosk: Kiosk, version: number): (truths: ReadonlyMap<number, PaneTruth>) => void {
  const last = useRef({ atMs: 0, states: "" });
  return useCallback(
    (truths: ReadonlyMap<number, PaneTruth>) => {
      const states = `${String(version)} ${[...truths].map(([pane, { state, key }]) => `${String(pane)}:${state}:${key ?? ""}`).join(" ")}`;
      const nowMs = performance.now();
      // Looked at twice a second: a little early is better than half a second late.
      if (states === last.current.states && nowMs - last.current.atMs < REPORT_EVERY_MS - 250) return;
      last.current = { atMs: nowMs, states };
      kiosk.report(version, screenSize(), [...truths].map(([pane, truth]) => seenOf(pane, truth)));
    },
    [kiosk, version],
  );
}
