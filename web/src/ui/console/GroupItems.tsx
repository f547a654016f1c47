import { Button } from "@mantine/core";
import { IconPlus, IconRefreshDot } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { WallGroup } from "../../protocol/generated";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { useCarrier } from "./drag";
import { GroupDialog } from "./GroupDialog";
import classes from "./palette.module.css";
import { usePlace } from "./usePlace";

/** The polling groups of the wall that is worked on, to be carried onto panes. */
export function GroupItems(): ReactNode {
  const text = useText().console;
  const { wall, mayEdit } = useDesk();
  const [adding, setAdding] = useState(false);
  return (
    <div className={classes["stack"]}>
      {wall?.board.groups.length === 0 && <p className={classes["none"]}>{text.polling.noneHint}</p>}
      {wall?.board.groups.map((group) => (
        <GroupItem key={group.id} group={group} />
      ))}
      <Button
        variant="default"
        leftSection={<IconPlus size={18} aria-hidden />}
        disabled={!wall || !mayEdit(wall)}
        onClick={() => {
          setAdding(true);
        }}
      >
        {text.polling.add}
      </Button>
      {wall && adding && (
        <GroupDialog
          wall={wall}
          group={null}
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
    </div>
  );
}

function GroupItem({ group }: { readonly group: WallGroup }): ReactNode {
  const text = useText().console.palette;
  const carrier = useCarrier();
  const place = usePlace();
  const content = { kind: "group", group: group.id } as const;
  const label = text.group(group.name, group.members.length);
  return (
    <button
      type="button"
      className={classes["row"]}
      data-group-item={group.id}
      onPointerDown={(event) => {
        carrier.begin(event, group.id, { label, content, track: null, from: null }, { once: () => place?.(content) });
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") place?.(content);
      }}
    >
      <IconRefreshDot size={20} aria-hidden />
      <span className={classes["nameWord"]}>{label}</span>
    </button>
  );
}
