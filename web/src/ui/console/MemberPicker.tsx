import { Button, Checkbox, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { feedablesOf } from "../../model/walls";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./side.module.css";

interface Props {
  readonly members: readonly string[];
  readonly onChange: (members: readonly string[]) => void;
}

const MOST_MEMBERS = 200;

/** Who takes turns: everybody in the room to tick, and those who are members but not in the room now. */
export function MemberPicker({ members, onChange }: Props): ReactNode {
  const words = useText().console.polling;
  const { state } = useDesk();
  const { people, sources } = feedablesOf(state.view);
  const here = [...sources, ...people].map(({ who, content }) => ({ identity: content.identity ?? "", name: who.name }));
  const away = members.filter((identity) => !here.some((one) => one.identity === identity)).map((identity) => ({ identity, name: null }));
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text fw={500} size="sm">
          {words.members(members.length)}
        </Text>
        <Group gap={4}>
          <Button
            variant="subtle"
            onClick={() => {
              const all = here.map((one) => one.identity);
              onChange([...members, ...all.filter((one) => !members.includes(one))].slice(0, MOST_MEMBERS));
            }}
          >
            {words.all}
          </Button>
          <Button
            variant="subtle"
            color="gray"
            onClick={() => {
              onChange([]);
            }}
          >
            {words.clear}
          </Button>
        </Group>
      </Group>
      <ul className={classes["members"]}>
        {[...here, ...away].map(({ identity, name }) => (
          <li key={identity}>
            <Checkbox
              size="md"
              label={name ?? `${identity} · ${words.missing}`}
              checked={members.includes(identity)}
              disabled={!members.includes(identity) && members.length >= MOST_MEMBERS}
              onChange={(event) => {
                onChange(event.currentTarget.checked ? [...members, identity] : members.filter((one) => one !== identity));
              }}
            />
            {members.includes(identity) && <span className={classes["order"]}>{members.indexOf(identity) + 1}</span>}
          </li>
        ))}
      </ul>
      <Text size="sm" c="dimmed">
        {words.membersHint}
      </Text>
    </div>
  );
}
