import type { WallContent } from "../../protocol/generated";
import { useDesk } from "./desk";

/** Puts content into the chosen pane, then chooses the next empty one; null: no pane is chosen, or it may not be changed. */
export function usePlace(): ((content: WallContent) => void) | null {
  const { wall, pane, mayEdit, edit, selectPane } = useDesk();
  if (!wall || pane === null || !mayEdit(wall)) return null;
  return (content) => {
    edit(wall.id, { do: "place", pane, content });
    const next = wall.panes.find((one) => one.index > pane && one.content.kind === "nothing");
    selectPane(wall.id, next?.index ?? pane);
  };
}
