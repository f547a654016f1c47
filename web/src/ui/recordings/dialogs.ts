/** What is open over the library; `id`: the recording it is about. */
export interface Dialog {
  readonly kind: "delete" | "download" | "films";
  readonly id: string;
}

export type Open = (dialog: Dialog | null) => void;
