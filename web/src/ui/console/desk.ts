import { createContext, useContext } from "react";
import type { RoomRef } from "../../app/api";
import type { Console, ConsoleState } from "../../app/console";
import type { ConsoleApi } from "../../app/console-api";
import type { Edit } from "../../app/console-edits";
import type { WishBook } from "../../app/console-wishes";
import type { Wall } from "../../protocol/generated";
import type { Library } from "./useLibrary";

/** What every part of the console works with. */
export interface DeskNow {
  readonly desk: Console;
  readonly api: ConsoleApi;
  readonly room: RoomRef;
  readonly state: ConsoleState;
  readonly wishes: WishBook;
  readonly library: Library;
  /** Page's wall clock, milliseconds, once a second for all parts alike. */
  readonly nowMs: number;
  readonly walls: readonly Wall[];
  /** The wall that is worked on, or null: there is none. */
  readonly wall: Wall | null;
  readonly selectWall: (id: string) => void;
  /** The pane of that wall that the palette fills by a tap, or null. */
  readonly pane: number | null;
  readonly selectPane: (wall: string, pane: number | null) => void;
  /** False while the connection is away, or somebody else has the wall. */
  readonly mayEdit: (wall: Wall) => boolean;
  readonly edit: (wall: string, edit: Edit) => void;
}

export const DeskContext = createContext<DeskNow | null>(null);

export function useDesk(): DeskNow {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("DeskContext is missing");
  return desk;
}
