import { Button, Checkbox, Group, Modal, Text, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { RecordingSummary } from "../../model/recording";
import { useText, useWords } from "../shared/text";
import { dayWords, durationWords } from "./describe";
import classes from "./library.module.css";

interface Props {
  readonly about: RecordingSummary | null;
  readonly onCancel: () => void;
  readonly onConfirm: (about: RecordingSummary, reason: string) => void;
}

const MAX_REASON = 200;

/** Asks why, and once more whether: nothing brings a recording back. */
export function DeleteDialog({ about, onCancel, onConfirm }: Props): ReactNode {
  const text = useText().recordings.delete;
  return (
    <Modal opened={about !== null} onClose={onCancel} title={about ? text.title(about.roomName) : ""}>
      {about && <Question key={about.id} about={about} onCancel={onCancel} onConfirm={onConfirm} />}
    </Modal>
  );
}

function Question({ about, onCancel, onConfirm }: Props & { readonly about: RecordingSummary }): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings.delete;
  const [reason, setReason] = useState("");
  const [sure, setSure] = useState(false);
  const [asked, setAsked] = useState(false);
  const missing = reason.trim() === "";
  const confirm = (): void => {
    setAsked(true);
    if (!missing && sure) onConfirm(about, reason.trim());
  };
  return (
    <div className={classes["question"]}>
      <Text fw={600}>{`${dayWords(language, about.startedAtMs)} · ${durationWords(text, about.durationMs)}`}</Text>
      <Text>{words.question}</Text>
      <TextInput
        size="md"
        label={words.reason}
        placeholder={words.reasonPlaceholder}
        maxLength={MAX_REASON}
        data-autofocus
        value={reason}
        error={asked && missing ? words.reasonRequired : null}
        onChange={(event) => {
          setReason(event.currentTarget.value);
        }}
      />
      <Checkbox
        size="md"
        label={words.sure}
        checked={sure}
        onChange={(event) => {
          setSure(event.currentTarget.checked);
        }}
      />
      <Group justify="flex-end">
        <Button size="md" variant="default" onClick={onCancel}>
          {text.common.cancel}
        </Button>
        <Button size="md" color="red" disabled={!sure} onClick={confirm}>
          {words.confirm}
        </Button>
      </Group>
    </div>
  );
}
