import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { useText } from "../shared/text";

interface Props {
  readonly title: string;
  readonly initial: string;
  readonly placeholder?: string;
  readonly onCancel: () => void;
  readonly onSave: (name: string) => Promise<void>;
}

/** Asks for a name. */
export function NameDialog({ title, initial, placeholder, onCancel, onSave }: Props): ReactNode {
  const text = useText();
  const [name, setName] = useState(initial);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name.trim() === "") return;
    setBusy(true);
    await onSave(name.trim());
    setBusy(false);
  };
  return (
    <Modal opened onClose={onCancel} title={title}>
      <form onSubmit={(event) => void submit(event)}>
        <TextInput
          size="md"
          aria-label={text.console.common.name}
          placeholder={placeholder}
          maxLength={64}
          data-autofocus
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Group justify="flex-end" mt="lg">
          <Button size="md" variant="default" onClick={onCancel}>
            {text.common.cancel}
          </Button>
          <Button size="md" type="submit" loading={busy} disabled={name.trim() === ""} data-save>
            {text.console.common.save}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
