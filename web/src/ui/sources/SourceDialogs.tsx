import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import type { Source } from "../../model/sources";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { useText } from "../shared/text";
import { AddDialog } from "./AddDialog";
import { aboutOf, type Dialog, type Open } from "./dialogs";
import { EditDialog } from "./EditDialog";
import { HistoryDrawer } from "./HistoryDrawer";
import { PreviewDialog } from "./PreviewDialog";
import { PushDialog } from "./PushDialog";
import type { Sources } from "./useSources";

interface Props {
  readonly dialog: Dialog | null;
  readonly open: Open;
  readonly sources: Sources;
}

/** Whatever is open over the list, at most one at a time. */
export function SourceDialogs({ dialog, open, sources }: Props): ReactNode {
  const text = useText().sources;
  const { api, attempt } = sources;
  const all = sources.sources ?? [];
  const about = (kind: Dialog["kind"]): Source | null => aboutOf(dialog, kind, all);
  const close = (): void => {
    open(null);
  };
  const remove = async ({ id, name }: Source): Promise<void> => {
    close();
    if (await attempt(() => api.remove(id))) notifications.show({ message: text.deleted(name), color: "teal" });
  };
  return (
    <>
      <AddDialog opened={dialog?.kind === "add"} sources={sources} onClose={close} />
      <EditDialog source={about("edit")} sources={sources} onClose={close} />
      <PushDialog source={about("push")} sources={sources} onClose={close} />
      <HistoryDrawer source={about("history")} sources={sources} onClose={close} />
      <PreviewDialog source={about("preview")} sources={sources} onClose={close} />
      <ConfirmDialog
        about={about("delete")}
        title={({ name }) => text.deleteTitle(name)}
        question={text.deleteText}
        confirm={text.deleteConfirm}
        onCancel={close}
        onConfirm={(source) => void remove(source)}
      />
      <ConfirmDialog
        about={about("disable")}
        title={({ name }) => text.disableTitle(name)}
        question={text.disableText}
        confirm={text.actions.disable}
        onCancel={close}
        onConfirm={({ id }) => {
          close();
          void attempt(() => api.enable(id, false));
        }}
      />
    </>
  );
}
