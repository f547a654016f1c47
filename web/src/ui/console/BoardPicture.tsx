import type { ReactNode } from "react";
import { templateWindows } from "../../layout/templates";
import type { WallBoard } from "../../protocol/generated";
import { WindowsPicture } from "./WindowsPicture";

/** A board as a little picture: its division, and which panes hold something. */
export function BoardPicture({ board }: { readonly board: WallBoard }): ReactNode {
  const ratio = board.width / board.height;
  const windows = board.template === "free" ? board.windows : templateWindows(board.template, ratio);
  return <WindowsPicture windows={windows} ratio={ratio} filled={board.panes.map((pane) => pane.kind !== "nothing")} />;
}
