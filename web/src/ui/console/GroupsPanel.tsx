import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { WallGroup } from "../../protocol/generated";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { GroupCard } from "./GroupCard";
import { GroupDialog } from "./GroupDialog";
import classes from "./side.module.css";

/** The polling groups of the wall that is worked on: how they turn, and turning them by hand. */
export function GroupsPanel(): ReactNode {
  const text = useText().console.polling;
  const { wall, mayEdit } = useDesk();
  const [editing, setEditing] = useState<WallGroup | "new" | null>(null);
  if (!wall) return null;
  return (
    <>
      <div className={classes["actions"]}>
        <Button
          size="md"
          leftSection={<IconPlus size={20} aria-hidden />}
          disabled={!mayEdit(wall)}
          onClick={() => {
            setEditing("new");
          }}
          data-add-group
        >
          {text.add}
        </Button>
      </div>
      {wall.board.groups.length === 0 && (
        <p className={classes["none"]}>
          <strong>{text.none}</strong>
          {text.noneHint}
        </p>
      )}
      <ul className={classes["list"]}>
        {wall.board.groups.map((group) => (
          <GroupCard key={group.id} wall={wall} group={group} onEdit={setEditing} />
        ))}
      </ul>
      {editing !== null && (
        <GroupDialog
          wall={wall}
          group={editing === "new" ? null : editing}
          onClose={() => {
            setEditing(null);
          }}
        />
      )}
    </>
  );
}
