import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState, type FormEvent, type ReactNode } from "react";
import type { SourceDraft } from "../../app/sources-api";
import type { FeedKind } from "../../protocol/generated";
import { useText } from "../shared/text";
import { AudienceField } from "./AudienceField";
import { CameraFields } from "./CameraFields";
import classes from "./form.module.css";
import { draftOf, problemOf, sameAccess, type Fields } from "./form";
import { RoomPicker } from "./RoomPicker";
import { TestPanel } from "./TestPanel";
import type { Sources } from "./useSources";

interface Props {
  readonly kind: FeedKind;
  readonly initial: Fields;
  readonly sources: Sources;
  /** The server has a password already: an empty field keeps it. */
  readonly hasPassword: boolean;
  /** What was saved before needs no new test. */
  readonly saved: boolean;
  readonly back: ReactNode;
  readonly onSave: (draft: SourceDraft) => Promise<unknown>;
}

/** Name, rooms and, for a camera, how it is reached; a camera that was not tested is saved only after a warning. */
export function SourceForm({ kind, initial, sources, hasPassword, saved, back, onSave }: Props): ReactNode {
  const text = useText().sources.form;
  const [fields, setFields] = useState(initial);
  const [tested, setTested] = useState<Fields | null>(saved ? initial : null);
  const [asked, setAsked] = useState(false);
  const [warned, setWarned] = useState<Fields | null>(null);
  const [busy, setBusy] = useState(false);
  const problem = problemOf(kind, fields);
  const unsure = kind === "rtsp" && (tested === null || !sameAccess(tested, fields));
  const warning = unsure && warned !== null && sameAccess(warned, fields);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    if (problem) return;
    if (unsure && !warning) {
      setWarned(fields);
      return;
    }
    setBusy(true);
    await onSave(draftOf(kind, fields, hasPassword));
    setBusy(false);
  };
  return (
    <form className={classes["form"]} onSubmit={(event) => void submit(event)} noValidate data-source-form>
      <Stack gap="md">
        <TextInput
          size="md"
          label={text.name}
          placeholder={text.namePlaceholder}
          maxLength={64}
          data-autofocus
          value={fields.name}
          error={asked && problem === "name" ? text.nameRequired : null}
          onChange={(event) => {
            setFields({ ...fields, name: event.currentTarget.value });
          }}
        />
        <Reach sources={sources} fields={fields} onChange={setFields} />
        {kind === "rtsp" && (
          <>
            <CameraFields fields={fields} onChange={setFields} hasPassword={hasPassword} wrong={asked && problem === "address"} />
            <TestPanel fields={fields} api={sources.api} hasPassword={hasPassword} onTested={setTested} />
          </>
        )}
        <Foot back={back} busy={busy} warning={warning} />
      </Stack>
    </form>
  );
}

interface ReachProps {
  readonly sources: Sources;
  readonly fields: Fields;
  readonly onChange: (fields: Fields) => void;
}

/** Where it is shown, and to whom. */
function Reach({ sources, fields, onChange }: ReachProps): ReactNode {
  return (
    <>
      <RoomPicker
        rooms={sources.rooms}
        chosen={fields.rooms}
        onChoose={(rooms) => {
          onChange({ ...fields, rooms });
        }}
      />
      <AudienceField
        audience={fields.audience}
        onChoose={(audience) => {
          onChange({ ...fields, audience });
        }}
      />
    </>
  );
}

interface FootProps {
  readonly back: ReactNode;
  readonly busy: boolean;
  /** The camera was not tested: the next press saves it all the same. */
  readonly warning: boolean;
}

function Foot({ back, busy, warning }: FootProps): ReactNode {
  const text = useText().sources.form;
  return (
    <>
      {warning && (
        <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title={text.untestedTitle}>
          {text.untestedText}
        </Alert>
      )}
      <Group justify="space-between">
        {back}
        <Button type="submit" size="md" loading={busy} color={warning ? "orange.8" : "cyan"} data-save>
          {warning ? text.saveAnyway : text.save}
        </Button>
      </Group>
    </>
  );
}
