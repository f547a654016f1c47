import { Button, Center, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Ending } from "../../app/meeting";
import { useWords } from "../shared/text";

/** The seat is gone for good: left, removed, or the room was closed. */
export function DeskEnded({ ending }: { readonly ending: Ending }): ReactNode {
  const { text, language } = useWords();
  return (
    <Center h="100%" p="md">
      <Stack align="center" gap="md" data-ended>
        <Title order={1} size="h2">
          {text.console.link.ended}
        </Title>
        {ending.kind === "goodbye" && <Text c="dimmed">{ending.text[language]}</Text>}
        <Button
          size="md"
          onClick={() => {
            location.reload();
          }}
        >
          {text.console.link.again}
        </Button>
        <Button size="md" variant="subtle" component="a" href="/">
          {text.console.entrance.back}
        </Button>
      </Stack>
    </Center>
  );
}
