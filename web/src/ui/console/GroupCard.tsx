import { ActionIcon, Menu, RingProgress } from "@mantine/core";
import { IconDots, IconPencil, IconPlayerPauseFilled, IconPlayerPlayFilled, IconPlayerSkipBackFilled, IconPlayerSkipForwardFilled, IconTrash } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { absentOf, turnsInS, withoutGroup } from "../../model/walls";
import type { Turn, Wall, WallGroup } from "../../protocol/generated";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./side.module.css";

interface Props {
  readonly wall: Wall;
  readonly group: WallGroup;
  readonly onEdit: (group: WallGroup) => void;
}

/** One polling group: when it turns next, who is missing, and its four buttons. */
export function GroupCard({ wall, group, onEdit }: Props): ReactNode {
  const text = useText().console.polling;
  const { state, edit, mayEdit, nowMs } = useDesk();
  const everyS = group.everyS ?? 10;
  const seconds = turnsInS(wall, group.id, nowMs, state.view.clockOffsetMs);
  const paused = wall.rotations.find((one) => one.group === group.id)?.paused ?? false;
  const panes = wall.board.panes.filter((pane) => pane.kind === "group" && pane.group === group.id).length;
  const absent = absentOf(state.view, group);
  const when = paused ? text.paused : seconds === null ? text.waiting : text.turnsIn(seconds);
  const turn = (which: Turn) => () => {
    edit(wall.id, { do: "turn", group: group.id, turn: which });
  };
  const may = mayEdit(wall) && panes > 0;
  const left = seconds === null ? 0 : Math.min(100, (seconds / everyS) * 100);
  return (
    <li className={classes["group"]} data-group={group.name} data-paused={paused}>
      <div className={classes["groupHead"]}>
        <RingProgress size={52} thickness={5} roundCaps sections={[{ value: left, color: paused ? "gray" : "cyan" }]} label={<span className={classes["ring"]}>{seconds ?? "–"}</span>} />
        <span className={classes["rowWords"]}>
          <strong>{group.name}</strong>
          <span className={classes["soft"]} data-when>
            {`${when} · ${text.seconds(everyS)}`}
          </span>
          <span className={classes["soft"]}>{`${text.members(group.members.length)} · ${text.panes(panes)}`}</span>
        </span>
        <GroupMenu wall={wall} group={group} onEdit={onEdit} />
      </div>
      {absent.length > 0 && (
        <p className={classes["absent"]}>
          <strong>{text.absent(absent.length)}</strong>
          {absent.map(({ identity, name }) => name ?? identity).join(" · ")}
        </p>
      )}
      <div className={classes["turns"]}>
        <TurnButton label={text.previous} disabled={!may} onPress={turn("previous")} icon={<IconPlayerSkipBackFilled size={20} />} />
        <TurnButton
          label={paused ? text.resume : text.pause}
          disabled={!may}
          onPress={turn(paused ? "resume" : "pause")}
          icon={paused ? <IconPlayerPlayFilled size={20} /> : <IconPlayerPauseFilled size={20} />}
        />
        <TurnButton label={text.next} disabled={!may} onPress={turn("next")} icon={<IconPlayerSkipForwardFilled size={20} />} />
      </div>
    </li>
  );
}

interface TurnProps {
  readonly label: string;
  readonly disabled: boolean;
  readonly icon: ReactNode;
  readonly onPress: () => void;
}

function TurnButton({ label, disabled, icon, onPress }: TurnProps): ReactNode {
  return (
    <button type="button" className={classes["turn"]} aria-label={label} title={label} disabled={disabled} onClick={onPress}>
      {icon}
    </button>
  );
}

function GroupMenu({ wall, group, onEdit }: Props): ReactNode {
  const text = useText().console;
  const { edit, mayEdit } = useDesk();
  const [removing, setRemoving] = useState<WallGroup | null>(null);
  return (
    <>
      <Menu position="bottom-end" width={180}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size={36} aria-label={`${text.common.more}: ${group.name}`} disabled={!mayEdit(wall)}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={18} />} onClick={() => { onEdit(group); }}>
            {text.common.edit}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={18} />} onClick={() => { setRemoving(group); }}>
            {text.common.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog
        about={removing}
        title={(one) => text.polling.deleteTitle(one.name)}
        question={text.polling.deleteText}
        confirm={text.common.delete}
        onCancel={() => { setRemoving(null); }}
        onConfirm={(one) => {
          setRemoving(null);
          edit(wall.id, { do: "board", board: withoutGroup(wall.board, one.id) });
        }}
      />
    </>
  );
}
