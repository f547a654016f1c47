import { useEffect, useMemo, useRef, type ReactNode } from "react";
import type { Wall } from "../../protocol/generated";
import { PaneGrid } from "../panes/PaneGrid";
import { canvasIn, placePanes } from "../panes/place";
import { paneWishes } from "../panes/wishes";
import { useBox, usePageVisible } from "../shared/hooks";
import { useWords } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./wall.module.css";
import { PaneSpot } from "./PaneSpot";
import { WallTruth } from "./WallTruth";

interface Props {
  readonly wall: Wall;
  readonly size: "large" | "middle" | "small";
}

/** A wall as a live miniature: every pane can be carried, dropped on, chosen and enlarged. */
export function WallMini({ wall, size }: Props): ReactNode {
  const { language, text } = useWords();
  const { state, wishes, wall: chosen, selectWall } = useDesk();
  const ref = useRef<HTMLDivElement>(null);
  const room = useBox(ref);
  const canvas = useMemo(() => ({ width: wall.board.width, height: wall.board.height }), [wall.board.width, wall.board.height]);
  const place = useMemo(() => canvasIn(canvas, room), [canvas, room]);
  const box = useMemo(() => ({ width: place.width, height: place.height }), [place]);
  useMiniWishes(wall, canvas, box);
  useEffect(
    () => () => {
      wishes.drop(wall.id);
    },
    [wishes, wall.id],
  );
  return (
    <section className={classes["mini"]} data-size={size} data-chosen={chosen?.id === wall.id} data-wall={wall.id} data-online={wall.online}>
      {size !== "large" && (
        <button
          type="button"
          className={classes["caption"]}
          onClick={() => {
            selectWall(wall.id);
          }}
        >
          <span className={classes["captionName"]}>{wall.name}</span>
          {!wall.online && <span>{text.console.walls.offline}</span>}
        </button>
      )}
      {size === "large" && <WallTruth wall={wall} />}
      <div ref={ref} className={classes["frame"]}>
        <div className={classes["canvas"]} style={{ left: place.x, width: place.width, height: place.height }}>
          {box.width > 0 && (
            <PaneGrid
              panes={wall.panes}
              canvas={canvas}
              box={box}
              view={state.view}
              media={state.media}
              link={state.phase}
              language={language}
              alarms={wall.alarms}
              frames="off"
              overlay={(pane, rect) => <PaneSpot wall={wall} pane={pane} rect={rect} size={size} />}
            />
          )}
        </div>
      </div>
    </section>
  );
}

/** Asks for what this miniature shows, and ahead of each turn for what comes next. */
function useMiniWishes(wall: Wall, canvas: { readonly width: number; readonly height: number }, box: { readonly width: number; readonly height: number }): void {
  const { state, wishes, nowMs } = useDesk();
  const visible = usePageVisible();
  const { view } = state;
  useEffect(() => {
    if (box.width === 0) return;
    const places = placePanes(wall.panes, canvas, box);
    wishes.set(wall.id, paneWishes(wall.panes, places, view, visible ? window.devicePixelRatio : 0, nowMs + view.clockOffsetMs));
  }, [wishes, wall, canvas, box, view, visible, nowMs]);
}
