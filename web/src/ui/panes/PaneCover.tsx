import {
  IconAntennaBarsOff,
  IconHandStop,
  IconLoader2,
  IconLock,
  IconPlayerPause,
  IconPlugConnectedX,
  IconSnowflake,
  IconUserOff,
  IconVideoOff,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Participant, WallPane } from "../../protocol/generated";
import { StateIcon } from "../shared/FeedIcon";
import classes from "./panes.module.css";
import type { PaneState, PaneTruth } from "./truth";
import { ageWords, sinceWords, timeWords, type PaneWords } from "./words";

interface Props {
  readonly pane: WallPane;
  readonly who: Participant | null;
  readonly truth: PaneTruth | null;
  /** The server's clock. */
  readonly serverMs: number;
  readonly words: PaneWords;
}

const ICONS: Readonly<Partial<Record<PaneState, ReactNode>>> = {
  frozen: <IconSnowflake aria-hidden />,
  reconnecting: <IconPlugConnectedX aria-hidden />,
  waiting: <IconLoader2 aria-hidden className={classes["turning"]} />,
  paused: <IconPlayerPause aria-hidden />,
  held: <IconHandStop aria-hidden />,
  "no-video": <IconVideoOff aria-hidden />,
  absent: <IconUserOff aria-hidden />,
  locked: <IconLock aria-hidden />,
};

/** Why there is no live picture, in words over the last one or instead of it. */
export function PaneCover({ pane, who, truth, serverMs, words }: Props): ReactNode {
  if (!truth || truth.state === "live" || truth.state === "slow" || truth.state === "content" || truth.state === "empty") return null;
  const feed = who?.feed ?? null;
  const source = truth.state === "offline" || truth.state === "feed" ? feed : null;
  const last = lastPicture(truth, serverMs, words);
  return (
    <div className={classes["cover"]} data-state={truth.state}>
      <span className={classes["sentence"]} role="status">
        {source ? <StateIcon state={source.state} size={24} /> : truth.state === "absent" && pane.content.kind !== "participant" ? ICONS["no-video"] : (ICONS[truth.state] ?? <IconAntennaBarsOff aria-hidden />)}
        <span>
          <strong>{sentence(pane, who, truth, serverMs, words)}</strong>
          {source?.cause && <em>{words.feed.causes[source.cause]}</em>}
          {last !== null && <em>{last}</em>}
        </span>
      </span>
    </div>
  );
}

function sentence(pane: WallPane, who: Participant | null, truth: PaneTruth, serverMs: number, { language, feed, panes }: PaneWords): string {
  const words = { language, feed, panes };
  switch (truth.state) {
    case "frozen":
      return truth.ageMs === null ? panes.states.frozen : panes.frozenFor(ageWords(words, truth.ageMs));
    case "offline":
      return truth.sinceMs ? panes.offlineSince(sinceWords(truth.sinceMs, serverMs)) : panes.states.offline;
    case "feed": {
      const state = who?.feed?.state;
      return state && state !== "frozen" && state !== "offline" ? feed.tile[state] : panes.states.feed;
    }
    case "absent":
      return absent(pane, panes);
    case "no-video":
      return who?.feed ? panes.states["no-video"] : panes.cover["no-video"];
    case "waiting":
    case "reconnecting":
    case "paused":
    case "held":
    case "locked":
      return panes.cover[truth.state];
    default:
      return panes.states[truth.state];
  }
}

/** Nobody is there: what that means depends on what the pane was meant for. */
function absent(pane: WallPane, panes: PaneWords["panes"]): string {
  switch (pane.content.kind) {
    case "speaker":
      return panes.cover.noSpeaker;
    case "screen":
      return panes.cover.noScreen;
    case "group":
      return pane.name === "" ? panes.cover.noTurn : panes.cover.absent;
    default:
      return panes.cover.absent;
  }
}

/** A picture of the past says when it was taken; while somebody reconnects, how long ago that was. */
function lastPicture(truth: PaneTruth, serverMs: number, { panes }: PaneWords): string | null {
  if (truth.ageMs === null || truth.key === null) return null;
  if (truth.state !== "frozen" && truth.state !== "reconnecting" && truth.state !== "paused") return null;
  return panes.lastPicture(truth.ageMs < 3_600_000 ? timeWords(serverMs - truth.ageMs) : sinceWords(serverMs - truth.ageMs, serverMs));
}
