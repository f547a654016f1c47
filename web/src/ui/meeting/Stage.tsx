import { useEffect, useMemo, useRef, type ReactNode } from "react";
import type { LocalMedia } from "../../app/local";
import type { Meeting, MeetingState } from "../../app/meeting";
import { arrange } from "../../layout/arrange";
import type { Tile } from "../../model/tiles";
import { useBox, usePageVisible, useStore } from "../shared/hooks";
import { useText } from "../shared/text";
import classes from "./stage.module.css";
import { Pager } from "./Pager";
import { TileView } from "./TileView";
import { useSwipe } from "./useSwipe";
import type { ViewChoice } from "./useViewChoice";
import { wishesFor } from "./wishes";

interface Props {
  readonly meeting: Meeting;
  readonly local: LocalMedia;
  readonly state: MeetingState;
  readonly tiles: readonly Tile[];
  readonly stage: Tile | null;
  readonly choice: ViewChoice;
}

/** All pictures. Tiles are drawn in the order of their ids and placed by coordinates, so no element ever moves. */
export function Stage({ meeting, local, state, tiles, stage, choice }: Props): ReactNode {
  const text = useText();
  const ref = useRef<HTMLDivElement>(null);
  const box = useBox(ref);
  const visible = usePageVisible();
  const playing = useStore(meeting.pictures.playing);
  const { camera } = useStore(local.state);
  const { view, media } = state;
  const stageId = stage?.id ?? null;
  const plan = useMemo(
    () => arrange(tiles.map((tile) => tile.id), stageId, box, choice.page),
    [tiles, stageId, box, choice.page],
  );
  useEffect(() => {
    meeting.want(wishesFor(view, tiles, plan.places, stageId, visible ? window.devicePixelRatio : 0));
  }, [meeting, view, tiles, plan, stageId, visible]);
  const swipe = useSwipe(plan.page, plan.pages, choice.setPage);
  const shown = box.width > 0 ? tiles.filter((tile) => plan.places.has(tile.id)) : [];
  return (
    <section className={classes["frame"]} aria-label={text.meeting.stage}>
      <div ref={ref} className={classes["stage"]} {...swipe}>
        {[...shown]
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .map((tile) => {
            const place = plan.places.get(tile.id);
            const track = tile.mine ? camera : (media.get(tile.video?.id ?? "") ?? null);
            return place ? (
              <TileView
                key={tile.id}
                tile={tile}
                place={place}
                track={track}
                view={view}
                big={tile.id === stageId}
                speaking={view.speakers.slice(0, 3).includes(tile.who.id) && tile.kind !== "screen"}
                playing={playing.has(tile.video?.id ?? "")}
                pinned={choice.pinned === tile.id}
                pictures={meeting.pictures}
                meeting={meeting}
                onPin={choice.pin}
              />
            ) : null;
          })}
      </div>
      {tiles.length <= 1 && state.phase === "joined" && (
        <p className={classes["alone"]}>
          <strong>{text.meeting.alone}</strong>
          <span>{text.meeting.aloneHint}</span>
        </p>
      )}
      <Pager page={plan.page} pages={plan.pages} onPage={choice.setPage} />
    </section>
  );
}
