import { Tooltip } from "@mantine/core";
import { IconTransform } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { TileState } from "../../model/tiles";
import type { Feed } from "../../protocol/generated";
import { KindIcon, StateIcon } from "../shared/FeedIcon";
import { transcodingWords } from "../shared/feedText";
import { useText } from "../shared/text";
import classes from "./tile.module.css";

interface Props {
  readonly feed: Feed;
  readonly state: TileState;
}

/** Kind of a source, whether its picture is live now, and whether the server re-encodes it. */
export function FeedBadge({ feed, state }: Props): ReactNode {
  const text = useText();
  const live = state === "picture" && feed.state === "live";
  const slow = state === "picture" && feed.state === "low-rate";
  return (
    <span className={classes["badges"]}>
      <span className={classes["kind"]} data-source>
        {live && <span className={classes["dot"]} role="img" aria-label={text.feed.live} title={text.feed.live} data-live />}
        <KindIcon kind={feed.kind} size={16} />
        <span className={classes["kindWord"]}>{text.feed.short[feed.kind]}</span>
      </span>
      {slow && (
        <span className={classes["kind"]} data-tone="warning" title={text.feed.tile["low-rate"]}>
          <StateIcon state="low-rate" size={16} />
          <span className={classes["kindWord"]}>{text.feed.states["low-rate"]}</span>
        </span>
      )}
      {feed.transcoding.length > 0 && (
        <Tooltip label={transcodingWords(text, feed.transcoding)} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
          <button type="button" className={classes["kind"]} data-transcoding>
            <IconTransform size={16} role="img" aria-label={text.feed.transcodingBadge} />
            {state === "picture" && <span className={classes["kindWord"]}>{text.feed.transcodingBadge}</span>}
          </button>
        </Tooltip>
      )}
    </span>
  );
}
