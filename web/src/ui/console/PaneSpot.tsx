import type { KeyboardEvent, ReactNode } from "react";
import type { Rect } from "../../layout/grid";
import { trackIn } from "../../model/walls";
import type { Wall, WallPane } from "../../protocol/generated";
import { useStore } from "../shared/hooks";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { useCarrier, type Cargo } from "./drag";
import { PaneActions } from "./PaneActions";
import { PaneBadges } from "./PaneBadges";
import { contentWords } from "./words";
import classes from "./wall.module.css";

interface Props {
  readonly wall: Wall;
  readonly pane: WallPane;
  readonly rect: Rect;
  readonly size: "large" | "middle" | "small";
}

/** The part of a pane that hands touch: drop here, carry away, tap to choose, tap twice to enlarge. */
export function PaneSpot({ wall, pane, rect, size }: Props): ReactNode {
  const text = useText();
  const { state, pane: chosenPane, wall: chosenWall, selectPane, mayEdit, edit } = useDesk();
  const carrier = useCarrier();
  const over = useStore(carrier.over) === `${wall.id}/${String(pane.index)}`;
  const chosen = chosenWall?.id === wall.id && chosenPane === pane.index;
  const may = mayEdit(wall);
  const label = contentWords(text, wall, pane);
  const toggle = (): void => {
    selectPane(wall.id, chosen ? null : pane.index);
  };
  const enlarge = (): void => {
    if (may) edit(wall.id, { do: "enlarge", pane: wall.enlarged === null ? pane.index : null });
  };
  const cargo: Cargo | null =
    may && pane.content.kind !== "nothing"
      ? { label, content: pane.content, track: trackIn(state.view, pane), from: { wall: wall.id, pane: pane.index } }
      : null;
  const pressed = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Enter" || event.key === " ") toggle();
    if ((event.key === "Delete" || event.key === "Backspace") && may && cargo) {
      edit(wall.id, { do: "place", pane: pane.index, content: { kind: "nothing" } });
    }
  };
  return (
    <div
      role="button"
      tabIndex={0}
      className={classes["spot"]}
      aria-label={text.console.pane.label(pane.index + 1, label)}
      aria-pressed={chosen}
      data-drop-wall={wall.id}
      data-drop-pane={pane.index}
      data-over={over}
      data-may={may}
      data-tiny={rect.width < 150 || size === "small"}
      onPointerDown={(event) => {
        carrier.begin(event, `${wall.id}/${String(pane.index)}`, cargo, { once: toggle, twice: enlarge });
      }}
      onKeyDown={pressed}
    >
      <PaneBadges wall={wall} pane={pane} small={size !== "large" || rect.width < 180} />
      {size === "large" && may && <PaneActions wall={wall} pane={pane} narrow={rect.width < 200} onEnlarge={enlarge} />}
    </div>
  );
}
