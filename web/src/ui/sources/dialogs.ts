import type { Source } from "../../model/sources";

/** What is open over the list. Sources are named by id: the dialog shows them as they are now. */
export type Dialog =
  | { readonly kind: "add" }
  | { readonly kind: "edit" | "push" | "history" | "preview" | "delete" | "disable"; readonly id: string };

export type Open = (dialog: Dialog | null) => void;

/** The source that `dialog` of this kind is about, or null. */
export function aboutOf(dialog: Dialog | null, kind: Dialog["kind"], sources: readonly Source[]): Source | null {
  if (dialog?.kind !== kind || dialog.kind === "add") return null;
  return sources.find((one) => one.id === dialog.id) ?? null;
}
