import { IconSnowflake } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RoomView } from "../../model/room";
import type { Tile } from "../../model/tiles";
import type { Feed } from "../../protocol/generated";
import { StateIcon } from "../shared/FeedIcon";
import { agoWords, tileWords } from "../shared/feedText";
import { useWords } from "../shared/text";
import { Face } from "./TileCover";
import classes from "./tile.module.css";

interface Props {
  readonly tile: Tile;
  readonly feed: Feed;
  readonly view: RoomView;
  readonly nowMs: number;
  /** Since when nothing new is drawn on this page, milliseconds; null: that is not the matter. */
  readonly stuckMs: number | null;
  /** A last picture stands behind the words. */
  readonly drawn: boolean;
}

/** Why a source shows no live picture, in words over its last one or its kind. */
export function FeedCover({ tile, feed, view, nowMs, stuckMs, drawn }: Props): ReactNode {
  const { text, language } = useWords();
  const now = { heard: view.numbers.get(tile.who.id) ?? null, nowMs, clockOffsetMs: view.clockOffsetMs, language };
  const words = stuckMs === null ? tileWords(text, feed, now) : text.feed.stuck(agoWords(text, stuckMs));
  const cause = stuckMs === null && feed.cause !== null ? text.feed.causes[feed.cause] : null;
  return (
    <div className={classes["cover"]} data-frozen={drawn} data-feed>
      {!drawn && <Face tile={tile} />}
      <span className={classes["reason"]} data-state={feed.state} role="status">
        {stuckMs === null ? <StateIcon state={feed.state} size={20} /> : <IconSnowflake size={20} aria-hidden />}
        <span className={classes["sentence"]}>
          <strong>{words}</strong>
          {cause !== null && <span className={classes["cause"]}>{cause}</span>}
        </span>
      </span>
    </div>
  );
}
