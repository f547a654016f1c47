import { IconDatabaseExclamation } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RecordingDisk } from "../../model/recording";
import list from "../shared/list.module.css";
import { useText } from "../shared/text";
import { sizeWords } from "./describe";

/** The disk of the recordings needs somebody's hand: what is wrong, what it means, and the way out. */
export function DiskBanner({ disk: { state, freeBytes, totalBytes } }: { readonly disk: RecordingDisk }): ReactNode {
  const { disk } = useText().recordings;
  if (state === "ok") return null;
  const { title, cure } = disk[state];
  return (
    <div className={list["banner"]} role="alert" data-disk={state}>
      <IconDatabaseExclamation size={20} aria-hidden />
      <strong>{title}</strong>
      <span>{cure}</span>
      {state !== "error" && <span>{disk.free(sizeWords(freeBytes), sizeWords(totalBytes))}</span>}
    </div>
  );
}
