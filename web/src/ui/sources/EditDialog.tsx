import { Button, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import type { SourceDraft } from "../../app/sources-api";
import type { Source } from "../../model/sources";
import { PHONE, useMedia } from "../shared/hooks";
import { useText } from "../shared/text";
import { fieldsOf } from "./form";
import { SourceForm } from "./SourceForm";
import type { Sources } from "./useSources";

interface Props {
  readonly source: Source | null;
  readonly sources: Sources;
  readonly onClose: () => void;
}

export function EditDialog({ source, sources, onClose }: Props): ReactNode {
  const text = useText();
  const phone = useMedia(PHONE);
  const save = async (id: string, draft: SourceDraft): Promise<void> => {
    if (!(await sources.attempt(() => sources.api.change(id, draft)))) return;
    notifications.show({ message: text.sources.saved, color: "teal" });
    onClose();
  };
  const cancel = (
    <Button size="md" variant="default" onClick={onClose}>
      {text.common.cancel}
    </Button>
  );
  return (
    <Modal
      opened={source !== null}
      onClose={onClose}
      title={source ? text.sources.form.editTitle(source.name) : ""}
      size="lg"
      fullScreen={phone}
      closeOnClickOutside={false}
    >
      {source && (
        <SourceForm
          key={source.id}
          kind={source.kind}
          initial={fieldsOf(source)}
          sources={sources}
          hasPassword={source.hasPassword}
          saved
          back={cancel}
          onSave={(draft) => save(source.id, draft)}
        />
      )}
    </Modal>
  );
}
