import { IconBroadcast, IconPinFilled } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { truthOf, turnsInS } from "../../model/walls";
import type { Wall, WallPane } from "../../protocol/generated";
import { useStore } from "../shared/hooks";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./wall.module.css";

interface Props {
  readonly wall: Wall;
  readonly pane: WallPane;
  readonly small: boolean;
}

/** What the display itself says of this pane, when it turns, and whether something is on its way. */
export function PaneBadges({ wall, pane, small }: Props): ReactNode {
  const text = useText().console.pane;
  const { state, desk, nowMs } = useDesk();
  const waiting = useStore(desk.edits.waiting);
  const { state: truth, seen } = truthOf(state.walls, wall, pane.index, nowMs);
  const told = text.truth[truth];
  const figures = seen && seen.width && truth === "live" ? ` · ${text.figures(seen.width, seen.height ?? 0, seen.fps ?? 0)}` : "";
  const holds = pane.content.kind === "participant" || pane.content.kind === "group" || pane.content.kind === "screen" || pane.content.kind === "speaker";
  const plain = !holds || truth === "offline" || truth === "live" || truth === "changing";
  const sending = waiting.some(({ wall: id, edit }) => id === wall.id && concerns(edit, pane.index));
  return (
    <span className={classes["badges"]}>
      {sending && <span className={classes["badge"]}>{text.sending}</span>}
      {pane.content.kind === "group" && <TurnBadge wall={wall} pane={pane} small={small} />}
      {holds && truth !== "offline" && (
        <span className={classes["truth"]} data-truth={truth} title={told + figures}>
          <IconBroadcast size={14} role="img" aria-label={told} />
          {!plain && !small && told}
        </span>
      )}
    </span>
  );
}

function concerns(edit: { readonly do: string }, pane: number): boolean {
  const { pane: one, other } = edit as { readonly pane?: number | null; readonly other?: number };
  return one === pane || other === pane;
}

function TurnBadge({ wall, pane, small }: Props): ReactNode {
  const text = useText().console.pane;
  const { state, nowMs } = useDesk();
  if (pane.pinned) return <IconPinFilled size={16} className={classes["pinned"]} role="img" aria-label={text.unpin} />;
  const seconds = turnsInS(wall, pane.content.group ?? "", nowMs, state.view.clockOffsetMs);
  if (seconds === null) return null;
  const next = pane.next === null ? null : (state.view.people.get(pane.next)?.name ?? null);
  return (
    <span className={classes["badge"]} data-turn>
      {small ? String(seconds) : next === null ? text.nextBare(seconds) : text.next(next, seconds)}
    </span>
  );
}
