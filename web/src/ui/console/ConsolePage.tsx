import { Button, Center, Loader, Stack, Text, Title } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { takePlace } from "../../app/console-place";
import { useText, useTitle } from "../shared/text";
import { DeskPage } from "./DeskPage";
import { Entrance } from "./Entrance";
import { useOpening } from "./useOpening";

/** The console: from a meeting or from the home page one comes with a room; without one it is asked for. */
export function ConsolePage(): ReactNode {
  const text = useText();
  useTitle(text.console.title);
  const [place, setPlace] = useState(() => takePlace(location, history, sessionStorage));
  const opening = useOpening(place);
  switch (opening.step) {
    case "choose":
      return <Entrance onChosen={setPlace} />;
    case "opening":
      return (
        <Center h="100%">
          <Stack align="center" gap="md">
            <Loader color="cyan.4" />
            <Text c="dimmed">{text.console.link.connecting}</Text>
          </Stack>
        </Center>
      );
    case "refused":
      return (
        <Center h="100%" p="md">
          <Stack align="center" gap="md" maw={480} data-refused>
            <Title order={1} size="h2">
              {text.invitation.badTitle}
            </Title>
            <Text ta="center" c="dimmed">
              {opening.words}
            </Text>
            <Button
              size="md"
              onClick={() => {
                setPlace(null);
              }}
            >
              {text.console.entrance.title}
            </Button>
          </Stack>
        </Center>
      );
    case "open":
      return <DeskPage desk={opening.desk} />;
  }
}
