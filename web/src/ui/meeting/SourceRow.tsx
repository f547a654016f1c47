import { IconShieldX, IconTransform, IconVolumeOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Meeting } from "../../app/meeting";
import { ageNow, toneOf } from "../../model/feed";
import { trackOf, type RoomView } from "../../model/room";
import type { Participant } from "../../protocol/generated";
import { KindIcon, StateIcon } from "../shared/FeedIcon";
import { agoWords, tileWords, transcodingWords } from "../shared/feedText";
import { useNowMs } from "../shared/hooks";
import { useWords } from "../shared/text";
import classes from "./side.module.css";
import { TileMenu } from "./TileMenu";

interface Props {
  readonly who: Participant;
  readonly view: RoomView;
  readonly meeting: Meeting;
  readonly host: boolean;
}

/** A camera, drone or encoder in the list: what it is, how it is, and what a host may do to it. */
export function SourceRow({ who, view, meeting, host }: Props): ReactNode {
  const { text, language } = useWords();
  const nowMs = useNowMs();
  const { feed } = who;
  if (!feed) return null;
  const heard = view.numbers.get(who.id) ?? null;
  const now = { heard, nowMs, clockOffsetMs: view.clockOffsetMs, language };
  // The list is narrow: a frozen picture says less here than on its tile.
  const short = feed.state === "frozen" ? `${text.feed.states.frozen} · ${agoWords(text, ageNow(heard, feed, nowMs, view.clockOffsetMs))}` : null;
  const size = 18;
  return (
    <li className={classes["row"]} data-participant={who.id} data-source-state={feed.state}>
      <span className={classes["face"]} data-source title={text.feed.kinds[feed.kind]}>
        <KindIcon kind={feed.kind} size={20} />
      </span>
      <span className={classes["who"]}>
        <span className={classes["name"]}>{who.name}</span>
        <span className={classes["feed"]} data-tone={toneOf(feed.state)} title={feed.cause ? text.feed.causes[feed.cause] : undefined}>
          <StateIcon state={feed.state} size={14} />
          {short ?? tileWords(text, feed, now)}
        </span>
      </span>
      <span className={classes["states"]}>
        {feed.transcoding.length > 0 && (
          <span title={transcodingWords(text, feed.transcoding)}>
            <IconTransform size={size} role="img" aria-label={text.feed.transcodingBadge} />
          </span>
        )}
        {trackOf(who, "camera")?.blocked && <IconShieldX size={size} className={classes["off"]} role="img" aria-label={text.feed.held} />}
        {trackOf(who, "microphone")?.blocked && (
          <IconVolumeOff size={size} className={classes["off"]} role="img" aria-label={text.feed.soundHeld} />
        )}
      </span>
      {host && <TileMenu who={who} meeting={meeting} className={classes["close"] ?? ""} pin={null} />}
    </li>
  );
}
