import { Button, Modal, PinInput, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type FormEvent, type ReactNode } from "react";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { useAttempt } from "./useAttempt";

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

const DIGITS = 6;

/** Takes a new display in by the code that it shows. */
export function PairDialog({ opened, onClose }: Props): ReactNode {
  const text = useText().console.displays;
  return (
    <Modal opened={opened} onClose={onClose} title={text.pairTitle} size="md">
      {opened && <PairForm onDone={onClose} />}
    </Modal>
  );
}

function PairForm({ onDone }: { readonly onDone: () => void }): ReactNode {
  const text = useText().console.displays;
  const { api, selectWall } = useDesk();
  const attempt = useAttempt();
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const ready = code.length === DIGITS && name.trim() !== "";
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    const done = await attempt(async () => {
      const { id } = await api.pair(code, name.trim());
      selectWall(id);
    });
    setBusy(false);
    if (!done) return;
    notifications.show({ message: text.paired(name.trim()), color: "teal" });
    onDone();
  };
  return (
    <form onSubmit={(event) => void submit(event)} data-pair-form>
      <Stack gap="md">
        <Text c="dimmed">{text.pairHint}</Text>
        <PinInput size="xl" length={DIGITS} type="number" inputMode="numeric" oneTimeCode={false} aria-label={text.code} value={code} onChange={setCode} data-autofocus />
        <TextInput
          size="md"
          label={text.name}
          placeholder={text.namePlaceholder}
          maxLength={64}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Button size="md" type="submit" loading={busy} disabled={!ready}>
          {text.pair}
        </Button>
      </Stack>
    </form>
  );
}
