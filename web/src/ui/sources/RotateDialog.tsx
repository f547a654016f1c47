import { Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useText } from "../shared/text";

interface Props {
  readonly opened: boolean;
  readonly onCancel: () => void;
  /** Null: the new key does not expire. */
  readonly onConfirm: (expiresAtMs: number | null) => void;
}

const DAY_MS = 86_400_000;
const TERMS = { never: null, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS } as const;
type Term = keyof typeof TERMS;
const NAMES = Object.keys(TERMS) as Term[];

/** Asks before a key is replaced, and for how long the new one is good. */
export function RotateDialog({ opened, onCancel, onConfirm }: Props): ReactNode {
  const text = useText();
  const words = text.sources.push;
  const [term, setTerm] = useState<Term>("never");
  return (
    <Modal opened={opened} onClose={onCancel} title={words.rotateTitle}>
      <Stack gap="md">
        <Text>{words.rotateText}</Text>
        <Text size="sm" fw={500} mb={-8}>
          {words.rotateFor}
        </Text>
        <SegmentedControl
          fullWidth
          aria-label={words.rotateFor}
          value={term}
          data={NAMES.map((one) => ({ value: one, label: words.terms[one] }))}
          onChange={(value) => {
            setTerm(NAMES.find((one) => one === value) ?? "never");
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {text.common.cancel}
          </Button>
          <Button
            color="red"
            onClick={() => {
              const lasts = TERMS[term];
              onConfirm(lasts === null ? null : Date.now() + lasts);
            }}
          >
            {words.rotate}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
