import type { ReactNode } from "react";
import { ageNow } from "../../model/feed";
import type { RoomView } from "../../model/room";
import { agoWords, transcodingWords } from "../shared/feedText";
import { figures } from "../shared/figures";
import { useNowMs } from "../shared/hooks";
import { useText } from "../shared/text";
import classes from "./side.module.css";

/** What the server measures of each source as it arrives there. */
export function SourceStats({ view }: { readonly view: RoomView }): ReactNode {
  const text = useText();
  const nowMs = useNowMs();
  const sources = [...view.people.values()].filter((who) => who.feed);
  if (sources.length === 0) return null;
  return (
    <section className={classes["streams"]} data-source-stats>
      <h3>{text.people.kinds.source}</h3>
      <ul>
        {sources.map((who) => {
          const feed = who.feed;
          if (!feed) return null;
          const heard = view.numbers.get(who.id) ?? null;
          return (
            <li key={who.id}>
              <strong>
                {who.name} · {text.feed.states[feed.state]}
              </strong>
              {heard && figures(heard).map((one) => <span key={one}>{one}</span>)}
              <span>
                {text.feed.lastPicture} {agoWords(text, ageNow(heard, feed, nowMs, view.clockOffsetMs))}
              </span>
              {feed.transcoding.length > 0 && (
                <span>
                  {text.feed.transcodingBadge} · {transcodingWords(text, feed.transcoding)}
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
