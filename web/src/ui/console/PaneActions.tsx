import { IconEar, IconMaximize, IconMinimize, IconPin, IconPinnedOff, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { identityOf } from "../../model/walls";
import type { Wall, WallPane } from "../../protocol/generated";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./wall.module.css";

interface Props {
  readonly wall: Wall;
  readonly pane: WallPane;
  /** Too narrow for all: only what matters most. */
  readonly narrow: boolean;
  readonly onEnlarge: () => void;
}

/** What can be done to one pane; seen while the pointer is over it or it is chosen. */
export function PaneActions({ wall, pane, narrow, onEnlarge }: Props): ReactNode {
  const text = useText().console.pane;
  const { state, edit } = useDesk();
  const big = wall.enlarged !== null;
  const shown = pane.shows === null ? null : (state.view.people.get(pane.shows) ?? null);
  return (
    <span
      className={classes["actions"]}
      onPointerDown={(event) => {
        event.stopPropagation();
      }}
    >
      {pane.content.kind === "group" && (
        <Action
          label={pane.pinned ? text.unpin : text.pin}
          onPress={() => {
            edit(wall.id, { do: "pin", pane: pane.index, pinned: !pane.pinned });
          }}
        >
          {pane.pinned ? <IconPinnedOff size={18} /> : <IconPin size={18} />}
        </Action>
      )}
      {shown && !narrow && (
        <Action
          label={text.listen}
          onPress={() => {
            edit(wall.id, { do: "sound", muted: false, only: identityOf(shown) });
          }}
        >
          <IconEar size={18} />
        </Action>
      )}
      <Action label={big ? text.shrink : text.enlarge} onPress={onEnlarge}>
        {big ? <IconMinimize size={18} /> : <IconMaximize size={18} />}
      </Action>
      {pane.content.kind !== "nothing" && (
        <Action
          label={text.clear}
          onPress={() => {
            edit(wall.id, { do: "place", pane: pane.index, content: { kind: "nothing" } });
          }}
        >
          <IconX size={18} />
        </Action>
      )}
    </span>
  );
}

interface ActionProps {
  readonly label: string;
  readonly onPress: () => void;
  readonly children: ReactNode;
}

function Action({ label, onPress, children }: ActionProps): ReactNode {
  return (
    <button type="button" className={classes["action"]} aria-label={label} title={label} onClick={onPress}>
      {children}
    </button>
  );
}
