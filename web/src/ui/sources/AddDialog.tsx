import { Button, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type ReactNode } from "react";
import type { SourceDraft } from "../../app/sources-api";
import { isPush } from "../../model/push";
import type { Source } from "../../model/sources";
import type { FeedKind } from "../../protocol/generated";
import { PHONE, useMedia } from "../shared/hooks";
import { useText } from "../shared/text";
import { EMPTY_FIELDS } from "./form";
import classes from "./form.module.css";
import { KindChoice } from "./KindChoice";
import { PushCard } from "./PushCard";
import { SourceForm } from "./SourceForm";
import type { Sources } from "./useSources";

interface Props {
  readonly opened: boolean;
  readonly sources: Sources;
  readonly onClose: () => void;
}

export function AddDialog({ opened, sources, onClose }: Props): ReactNode {
  const text = useText().sources.form;
  const phone = useMedia(PHONE);
  return (
    <Modal opened={opened} onClose={onClose} title={text.addTitle} size="lg" fullScreen={phone} closeOnClickOutside={false}>
      <Steps sources={sources} onClose={onClose} />
    </Modal>
  );
}

/** Kind, then details, then (for a device that pushes) the address it needs. */
function Steps({ sources, onClose }: Omit<Props, "opened">): ReactNode {
  const text = useText().sources;
  const [kind, setKind] = useState<FeedKind>("rtsp");
  const [step, setStep] = useState<"kind" | "details">("kind");
  const [made, setMade] = useState<Source | null>(null);
  const save = async (draft: SourceDraft): Promise<void> => {
    await sources.attempt(async () => {
      const source = await sources.api.create(kind, draft);
      if (source.push) {
        setMade(source);
        return;
      }
      notifications.show({ message: text.saved, color: "teal" });
      onClose();
    });
  };
  const names = [text.form.stepKind, text.form.stepDetails, ...(isPush(kind) ? [text.form.stepPush] : [])];
  const at = made ? 2 : step === "kind" ? 0 : 1;
  const back = (
    <Button
      size="md"
      variant="default"
      onClick={() => {
        setStep("kind");
      }}
    >
      {text.form.previous}
    </Button>
  );
  return (
    <>
      <ol className={classes["steps"]}>
        {names.map((name, index) => (
          <li key={name} aria-current={index === at ? "step" : undefined} data-done={index < at}>
            <b>{index + 1}</b>
            {name}
          </li>
        ))}
      </ol>
      {made && <PushCard source={sources.sources?.find((one) => one.id === made.id) ?? made} sources={sources} fresh onDone={onClose} />}
      {!made && step === "kind" && (
        <KindChoice
          kind={kind}
          onKind={setKind}
          onNext={() => {
            setStep("details");
          }}
        />
      )}
      {!made && step === "details" && (
        <SourceForm kind={kind} initial={EMPTY_FIELDS} sources={sources} hasPassword={false} saved={false} back={back} onSave={save} />
      )}
    </>
  );
}
