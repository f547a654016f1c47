import { IconAlertTriangle, IconPinFilled, IconScreenShare, IconUser, IconVideo } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RoomView } from "../../model/room";
import type { Participant, WallPane } from "../../protocol/generated";
import { KindIcon } from "../shared/FeedIcon";
import classes from "./panes.module.css";
import { isLive, type PaneTruth } from "./truth";
import { ageWords, timeWords, type PaneWords } from "./words";

interface Props {
  readonly pane: WallPane;
  readonly who: Participant | null;
  /** Whose picture still stands here until that of `who` comes. */
  readonly held: Participant | null;
  readonly truth: PaneTruth | null;
  /** The server's clock. */
  readonly serverMs: number;
  readonly view: RoomView;
  readonly words: PaneWords;
}

/** Name, kind, state, age, the picture's own time and who records it. What a small pane has no room for is left out by CSS. */
export function PanePlate({ pane, who, held, truth, serverMs, view, words }: Props): ReactNode {
  if (!truth || truth.state === "content") return null;
  const name = held?.name ?? nameOf(pane, who, words);
  const unmet = truth.state === "absent" && pane.content.kind !== "participant";
  if (truth.state === "empty") return <span className={classes["number"]}>{pane.index + 1}</span>;
  const pictured = !held && who !== null && truth.ageMs !== null && truth.key !== null;
  return (
    <>
      {isLive(truth.state) && <Recorded view={view} words={words} />}
      <footer className={classes["plate"]}>
        <span className={classes["who"]}>
          <Kind screen={pane.screen && !held} who={held ?? who} />
          <strong>{name}</strong>
          <span className={classes["kind"]}>{unmet ? "" : kindWord(pane.screen && !held, held ?? who, words)}</span>
          {pane.pinned && <IconPinFilled className={classes["pin"]} role="img" aria-label={words.panes.pinned} />}
        </span>
        <span className={classes["truth"]}>
          <span className={classes["state"]} data-state={truth.state}>
            <i aria-hidden />
            <span>{held ? words.panes.switching : words.panes.states[unmet ? "no-video" : truth.state]}</span>
          </span>
          {pictured && (
            <span className={classes["age"]} title={words.panes.ageLabel}>
              {ageWords(words, truth.ageMs ?? 0)}
            </span>
          )}
          <time>{timeWords(pictured ? serverMs - (truth.ageMs ?? 0) : serverMs)}</time>
        </span>
      </footer>
    </>
  );
}

/** Who stands there, else what the pane is meant for. */
function nameOf(pane: WallPane, who: Participant | null, { panes }: PaneWords): string {
  const { kind } = pane.content;
  if (pane.name !== "" || who) return pane.name === "" ? (who?.name ?? "") : pane.name;
  return kind === "speaker" || kind === "screen" || kind === "group" ? panes.meant[kind] : "";
}

function Recorded({ view, words }: { readonly view: RoomView; readonly words: PaneWords }): ReactNode {
  const recording = view.room?.recording ?? null;
  if (!recording) return null;
  const { recordedBy, recorded, recordingBroken } = words.panes;
  const broken = recording.alarm !== null;
  const sentence = broken ? recordingBroken : recording.startedBy === "" ? recorded : recordedBy(recording.startedBy);
  return (
    <span className={classes["recorded"]} data-broken={broken} role="img" aria-label={sentence}>
      {broken ? <IconAlertTriangle aria-hidden /> : <i aria-hidden />}
      <span>{sentence}</span>
    </span>
  );
}

function Kind({ screen, who }: { readonly screen: boolean; readonly who: Participant | null }): ReactNode {
  if (screen) return <IconScreenShare aria-hidden />;
  if (who?.feed) return <KindIcon kind={who.feed.kind} size={18} />;
  return who?.kind === "encoder" ? <IconVideo aria-hidden /> : <IconUser aria-hidden />;
}

function kindWord(screen: boolean, who: Participant | null, { panes }: PaneWords): string {
  if (screen) return panes.kinds.screen;
  if (who?.feed) return panes.kinds[who.feed.kind];
  if (who?.kind === "encoder") return panes.kinds.encoder;
  return who === null ? "" : who.role === "host" ? panes.kinds.host : panes.kinds.person;
}
