import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { LocalMedia } from "../../app/local";
import type { Meeting, MeetingState } from "../../app/meeting";
import type { Box } from "../../layout/grid";
import { reflow, type Reflowed } from "../../layout/phone";
import { isPhone } from "../../layout/arrange";
import { trackOf, type Shared } from "../../model/room";
import { PaneGrid } from "../panes/PaneGrid";
import { placePanes } from "../panes/place";
import { paneWishes } from "../panes/wishes";
import { useBox, useNowMs, usePageVisible, useStore } from "../shared/hooks";
import { useWords } from "../shared/text";
import classes from "./shared.module.css";

interface Props {
  readonly meeting: Meeting;
  readonly local: LocalMedia;
  readonly state: MeetingState;
  readonly layout: Shared;
}

const WHOLE = { x: 0, y: 0, width: 1, height: 1 } as const;

/** The layout that a host pushed to everybody. A press on a pane enlarges it here alone. */
export function SharedStage({ meeting, local, state, layout }: Props): ReactNode {
  const { language, text } = useWords();
  const ref = useRef<HTMLDivElement>(null);
  const box = useBox(ref);
  const [enlarged, setEnlarged] = useState<number | null>(null);
  const shown = useMemo(() => shownOf(layout, box, enlarged), [layout, box, enlarged]);
  const grid = gridBox(shown, box);
  useSharedWishes(meeting, state, shown, grid);
  const media = useMedia(meeting, local, state);
  const { view } = state;
  return (
    <section className={classes["frame"]} aria-label={text.meeting.stage} data-shared>
      <div ref={ref} className={classes["stage"]}>
        {box.width > 0 && (
          <PaneGrid
            panes={shown.panes}
            canvas={shown.canvas}
            box={grid}
            view={view}
            media={media}
            link={state.phase}
            language={language}
            overlay={(pane) => (
              <button
                type="button"
                className={classes["press"]}
                data-web={pane.content.kind === "web"}
                aria-label={`${enlarged === null ? text.console.pane.enlarge : text.console.pane.shrink}: ${pane.name || text.console.pane.number(pane.index + 1)}`}
                onClick={() => {
                  setEnlarged(enlarged === null ? pane.index : null);
                }}
              />
            )}
          />
        )}
      </div>
    </section>
  );
}

function shownOf(layout: Shared, box: Box, enlarged: number | null): Reflowed {
  const canvas = { width: layout.width, height: layout.height };
  const one = layout.panes.find((pane) => pane.index === enlarged);
  if (one) return { panes: [{ ...one, rect: WHOLE }], canvas: box.width > 0 && isPhone(box) ? { width: 16, height: 9 } : canvas };
  return isPhone(box) && box.width < box.height ? reflow(layout.panes) : { panes: layout.panes, canvas };
}

/** Upright telephones scroll what is longer than their screen; everything else fits. */
function gridBox({ canvas }: Reflowed, box: Box): Box {
  if (canvas.width <= 0 || box.width >= box.height) return box;
  return { width: box.width, height: Math.max(box.height, Math.round((box.width / canvas.width) * canvas.height)) };
}

function useSharedWishes(meeting: Meeting, { view }: MeetingState, shown: Reflowed, grid: Box): void {
  const visible = usePageVisible();
  const nowMs = useNowMs();
  useEffect(() => {
    if (grid.width === 0) return;
    const places = placePanes(shown.panes, shown.canvas, grid);
    meeting.want(paneWishes(shown.panes, places, view, visible ? window.devicePixelRatio : 0, nowMs + view.clockOffsetMs));
  }, [meeting, view, shown, grid, visible, nowMs]);
}

/** What arrives, and this page's own camera and screen, which do not come back from the server. */
function useMedia(meeting: Meeting, local: LocalMedia, { view, media, sharing }: MeetingState): ReadonlyMap<string, MediaStreamTrack> {
  const { camera } = useStore(local.state);
  return useMemo(() => {
    const me = view.people.get(view.you);
    if (!me) return media;
    const all = new Map(media);
    const [seen, screen] = [trackOf(me, "camera"), sharing ? meeting.ownScreen() : null];
    const shared = trackOf(me, "screen");
    if (seen && camera) all.set(seen.id, camera);
    if (shared && screen) all.set(shared.id, screen);
    return all;
  }, [meeting, view.people, view.you, media, camera, sharing]);
}
