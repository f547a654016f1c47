import { Button, Group, Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useText } from "./text";

interface Props<T> {
  /** What the question is about; null: nothing is asked. */
  readonly about: T | null;
  readonly title: (about: T) => string;
  readonly question: string;
  readonly confirm: string;
  readonly onCancel: () => void;
  readonly onConfirm: (about: T) => void;
}

/** The second question before something that cannot be undone. */
export function ConfirmDialog<T>({ about, title, question, confirm, onCancel, onConfirm }: Props<T>): ReactNode {
  const text = useText();
  return (
    <Modal stackId="confirm" opened={about !== null} onClose={onCancel} title={about === null ? "" : title(about)}>
      <Text>{question}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onCancel}>
          {text.common.cancel}
        </Button>
        <Button
          color="red"
          onClick={() => {
            if (about !== null) onConfirm(about);
          }}
        >
          {confirm}
        </Button>
      </Group>
    </Modal>
  );
}
