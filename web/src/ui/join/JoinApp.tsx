import { Center, Loader, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { LocalMedia } from "../../app/local";
import { MeetingPage } from "../meeting/MeetingPage";
import { useText, useTitle } from "../shared/text";
import { Lobby } from "./Lobby";
import { Refused } from "./Refused";
import { useEntrance } from "./useEntrance";

interface Props {
  readonly room: string;
  readonly token: string | null;
  readonly local: LocalMedia;
}

export function JoinApp({ room, token, local }: Props): ReactNode {
  useTitle(null);
  const { entrance, join, retry } = useEntrance(room, token, local);
  switch (entrance.step) {
    case "checking":
      return <Checking />;
    case "refused":
      return <Refused error={entrance.error} onRetry={retry} />;
    case "lobby":
      return <Lobby invitation={entrance.invitation} token={token ?? ""} local={local} onJoin={join} />;
    case "meeting":
      return <MeetingPage room={room} meeting={entrance.meeting} local={local} role={entrance.role} />;
  }
}

function Checking(): ReactNode {
  const text = useText();
  return (
    <Center h="100%">
      <Stack align="center" gap="md">
        <Loader color="cyan.4" />
        <Text c="dimmed">{text.invitation.checking}</Text>
      </Stack>
    </Center>
  );
}
