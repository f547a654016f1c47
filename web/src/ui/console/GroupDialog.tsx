import { Button, Group, Modal, NumberInput, Slider, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { withGroup } from "../../model/walls";
import type { Wall, WallGroup } from "../../protocol/generated";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { MemberPicker } from "./MemberPicker";

interface Props {
  readonly wall: Wall;
  /** Null: a new one. */
  readonly group: WallGroup | null;
  readonly onClose: () => void;
}

/** Seconds that the slider stops at: fine where they are few. */
const STEPS_S = [5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 90, 120, 180, 240, 300, 450, 600] as const;

const nearest = (everyS: number): number => {
  const at = STEPS_S.findIndex((one) => one >= everyS);
  return at === -1 ? STEPS_S.length - 1 : at;
};

function freshId(wall: Wall): string {
  for (let number = 1; ; number++) {
    const id = `g${String(number)}`;
    if (!wall.board.groups.some((one) => one.id === id)) return id;
  }
}

/** A polling group as it should be. It is changed on the board that the wall has when it is saved. */
export function GroupDialog({ wall, group, onClose }: Props): ReactNode {
  const text = useText();
  const words = text.console.polling;
  const { edit, mayEdit } = useDesk();
  const [name, setName] = useState(group?.name ?? words.nameDefault(wall.board.groups.length + 1));
  const [members, setMembers] = useState<readonly string[]>(group?.members ?? []);
  const [everyS, setEveryS] = useState(group?.everyS ?? 10);
  const [skipAbsent, setSkipAbsent] = useState(group?.skipAbsent ?? true);
  const save = (): void => {
    const changed = { id: group?.id ?? freshId(wall), name: name.trim(), members, everyS, skipAbsent };
    edit(wall.id, { do: "board", board: withGroup(wall.board, changed) });
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={group ? words.title : words.add} size="lg">
      <Stack gap="md" data-group-dialog>
        <TextInput
          size="md"
          label={text.console.common.name}
          maxLength={64}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <MemberPicker members={members} onChange={setMembers} />
        <Every everyS={everyS} onChange={setEveryS} />
        <Switch
          size="md"
          label={words.skip}
          checked={skipAbsent}
          onChange={(event) => {
            setSkipAbsent(event.currentTarget.checked);
          }}
        />
        <Group justify="flex-end">
          <Button size="md" variant="default" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button size="md" disabled={members.length === 0 || name.trim() === "" || !mayEdit(wall)} title={members.length === 0 ? words.needMember : undefined} onClick={save} data-save>
            {text.console.common.save}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface EveryProps {
  readonly everyS: number;
  readonly onChange: (everyS: number) => void;
}

/** How long a page stands: a slider for the usual times, a field for any. */
function Every({ everyS, onChange }: EveryProps): ReactNode {
  const words = useText().console.polling;
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text fw={500} size="sm">
          {words.every}
        </Text>
        <NumberInput
          w={120}
          aria-label={words.every}
          suffix={words.suffix}
          min={STEPS_S[0]}
          max={600}
          clampBehavior="blur"
          value={everyS}
          onChange={(value) => {
            const whole = Math.round(Number(value));
            if (whole >= 5 && whole <= 600) onChange(whole);
          }}
        />
      </Group>
      <Slider
        size="lg"
        min={0}
        max={STEPS_S.length - 1}
        label={null}
        thumbLabel={words.every}
        value={nearest(everyS)}
        onChange={(step) => {
          onChange(STEPS_S[step] ?? everyS);
        }}
      />
    </div>
  );
}
