import { Badge, Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useEffect, useState, type FormEvent, type ReactNode } from "react";
import type { Invitation } from "../../app/api";
import type { LocalMedia } from "../../app/local";
import { readPreferences } from "../../app/preferences";
import { Brand } from "../shared/Brand";
import { LanguageSwitch } from "../shared/LanguageSwitch";
import { useText } from "../shared/text";
import { DeviceFields } from "./DeviceFields";
import classes from "./join.module.css";
import { NetworkVerdict } from "./NetworkVerdict";
import { Preview } from "./Preview";

interface Props {
  readonly invitation: Invitation;
  readonly token: string;
  readonly local: LocalMedia;
  readonly onJoin: (name: string) => Promise<void>;
}

const LONGEST_NAME = 64;

export function Lobby({ invitation, token, local, onJoin }: Props): ReactNode {
  const text = useText();
  const sends = invitation.role !== "viewer";
  useEffect(() => {
    if (sends) void local.start();
  }, [sends, local]);
  return (
    <div className={classes["page"]}>
      <header className={classes["header"]}>
        <Brand />
        <LanguageSwitch />
      </header>
      <main className={sends ? classes["lobby"] : classes["alone"]}>
        {sends && <Preview local={local} />}
        <section className={classes["card"]} aria-label={text.join.title}>
          <Stack gap="md">
            <div>
              <Title order={1} className={classes["room"] ?? ""}>
                {invitation.room.name}
              </Title>
              <Badge variant="light" color="cyan" size="lg" mt={8} tt="none" fw={500}>
                {text.join.as(text.roles[invitation.role])}
              </Badge>
            </div>
            {!sends && <Text c="dimmed">{text.join.asViewer}</Text>}
            <NameForm initial={invitation.name} sends={sends} onJoin={onJoin} />
            {sends && <DeviceFields local={local} />}
            <NetworkVerdict token={token} />
          </Stack>
        </section>
      </main>
    </div>
  );
}

interface NameProps {
  readonly initial: string;
  readonly sends: boolean;
  readonly onJoin: (name: string) => Promise<void>;
}

function NameForm({ initial, sends, onJoin }: NameProps): ReactNode {
  const text = useText();
  const [name, setName] = useState(() => initial || readPreferences(localStorage).name);
  const [missing, setMissing] = useState(false);
  const [joining, setJoining] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() === "") {
      setMissing(true);
      return;
    }
    setJoining(true);
    void onJoin(name.trim());
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          label={text.join.name}
          placeholder={text.join.namePlaceholder}
          size="md"
          maxLength={LONGEST_NAME}
          autoComplete="name"
          value={name}
          error={missing && name.trim() === "" ? text.join.nameRequired : null}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Button type="submit" size="lg" fullWidth loading={joining} rightSection={<IconArrowRight size={20} aria-hidden />}>
          {sends ? text.join.button : text.join.watchButton}
        </Button>
      </Stack>
    </form>
  );
}
