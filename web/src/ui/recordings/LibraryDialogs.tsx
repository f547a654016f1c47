import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import type { RecordingSummary } from "../../model/recording";
import { useText } from "../shared/text";
import { DeleteDialog } from "./DeleteDialog";
import type { Dialog, Open } from "./dialogs";
import { DownloadDialog } from "./DownloadDialog";
import { FilmsDialog } from "./films/FilmsDialog";
import type { Library } from "./useLibrary";

interface Props {
  readonly dialog: Dialog | null;
  readonly open: Open;
  readonly library: Library;
}

/** Whatever is open over the library, at most one at a time. */
export function LibraryDialogs({ dialog, open, library }: Props): ReactNode {
  const text = useText().recordings;
  const about = (kind: Dialog["kind"]): RecordingSummary | null =>
    dialog?.kind === kind ? (library.recordings?.find((one) => one.id === dialog.id) ?? null) : null;
  const close = (): void => {
    open(null);
  };
  const remove = async ({ id, roomName }: RecordingSummary, reason: string): Promise<void> => {
    close();
    if (await library.attempt(() => library.api.remove(id, reason))) {
      notifications.show({ message: text.deleted(roomName), color: "teal" });
    }
  };
  return (
    <>
      <DeleteDialog about={about("delete")} onCancel={close} onConfirm={(one, reason) => void remove(one, reason)} />
      <FilmsDialog about={about("films")} api={library.api} onClose={close} />
      <DownloadDialog about={about("download")} api={library.api} onClose={close} />
    </>
  );
}
