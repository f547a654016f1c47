import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconDoorExit } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Ending } from "../../app/meeting";
import { useWords } from "../shared/text";
import classes from "./meeting.module.css";

/** After the meeting: why it ended, and the ways on. */
export function EndPage({ ending }: { readonly ending: Ending }): ReactNode {
  const { text, language } = useWords();
  const left = ending.kind === "left";
  return (
    <main className={classes["ended"]} data-ended={left ? "left" : ending.code}>
      <Stack align="center" gap="md" maw={460} role="status">
        <div className={classes["endedIcon"]}>
          <IconDoorExit size={38} aria-hidden />
        </div>
        <Title order={1} size="h2" ta="center">
          {left ? text.ended.left : text.ended.title}
        </Title>
        <Text ta="center" c="dimmed">
          {left ? text.ended.leftHint : ending.text[language]}
        </Text>
        <Group mt="sm" justify="center">
          <Button
            size="md"
            onClick={() => {
              location.reload();
            }}
          >
            {text.ended.rejoin}
          </Button>
          <Button size="md" variant="default" component="a" href="/">
            {text.ended.close}
          </Button>
        </Group>
      </Stack>
    </main>
  );
}
