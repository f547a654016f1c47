import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconLinkOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { ApiError } from "../../app/api";
import { Brand } from "../shared/Brand";
import { LanguageSwitch } from "../shared/LanguageSwitch";
import { useWords } from "../shared/text";
import classes from "./join.module.css";

interface Props {
  readonly error: ApiError;
  readonly onRetry: () => void;
}

/** Says in plain words why the link does not open, and the way out. */
export function Refused({ error, onRetry }: Props): ReactNode {
  const { text, language } = useWords();
  const reasons: Readonly<Record<string, string>> = {
    offline: text.invitation.offline,
    "link-incomplete": text.invitation.missing,
  };
  const reason = error.text?.[language] ?? reasons[error.code] ?? text.errors.internal;
  return (
    <div className={classes["page"]}>
      <header className={classes["header"]}>
        <Brand />
        <LanguageSwitch />
      </header>
      <main className={classes["alone"]}>
        <Stack align="center" gap="md" maw={440} role="alert">
          <div className={classes["badge"]}>
            <IconLinkOff size={36} aria-hidden />
          </div>
          <Title order={1} size="h2" ta="center">
            {text.invitation.badTitle}
          </Title>
          <Text ta="center">{reason}</Text>
          {error.code !== "offline" && (
            <Text ta="center" c="dimmed" size="sm">
              {text.invitation.ask}
            </Text>
          )}
          <Group mt="sm">
            <Button size="md" onClick={onRetry}>
              {text.common.retry}
            </Button>
            <Button size="md" variant="default" component="a" href="/">
              {text.invitation.toHome}
            </Button>
          </Group>
        </Stack>
      </main>
    </div>
  );
}
