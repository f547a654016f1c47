import { useCallback, useMemo, useState } from "react";
import { ConsoleApi } from "../../app/console-api";
import type { Edit } from "../../app/console-edits";
import type { Desk } from "../../app/console-enter";
import { WishBook } from "../../app/console-wishes";
import { holderOf, wallsOf } from "../../model/walls";
import type { Wall } from "../../protocol/generated";
import { useNowMs, useStore } from "../shared/hooks";
import { useWords } from "../shared/text";
import type { DeskNow } from "./desk";
import { useLibrary } from "./useLibrary";

/** The state of the console and what can be done to it, in one place for all its parts. */
export function useDeskNow({ desk, room, credential }: Desk): DeskNow {
  const { language } = useWords();
  const state = useStore(desk.state);
  const api = useMemo(() => new ConsoleApi(room.id, credential), [room.id, credential]);
  const wishes = useMemo(
    () =>
      new WishBook((all) => {
        desk.want(all);
      }),
    [desk],
  );
  const walls = useMemo(() => wallsOf(state.walls, language), [state.walls, language]);
  const [chosen, setChosen] = useState<{ readonly wall: string; readonly pane: number | null } | null>(null);
  const wall = walls.find((one) => one.id === chosen?.wall) ?? walls[0] ?? null;
  const pane = wall && chosen?.wall === wall.id && wall.panes.some((one) => one.index === chosen.pane) ? chosen.pane : null;
  const library = useLibrary(api, state.walls.scenesTold, walls.map((one) => `${one.id} ${one.name}`).join());
  const selectPane = useCallback((id: string, next: number | null) => {
    setChosen({ wall: id, pane: next });
  }, []);
  return {
    desk,
    api,
    room,
    state,
    wishes,
    library,
    nowMs: useNowMs(),
    walls,
    wall,
    selectWall: useCallback((id: string) => {
      setChosen({ wall: id, pane: null });
    }, []),
    pane,
    selectPane,
    mayEdit: (one: Wall) => state.phase === "joined" && holderOf(one, state.view.you) !== "other",
    edit: useCallback(
      (id: string, edit: Edit) => {
        desk.edit(id, edit);
      },
      [desk],
    ),
  };
}
