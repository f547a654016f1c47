import { useCallback, useState } from "react";
import type { LayoutMode, Tile } from "../../model/tiles";

export type Panel = "people" | "stats" | "settings" | "help";

/** What this person chose to see; nobody else is told. */
export interface ViewChoice {
  readonly mode: LayoutMode;
  readonly pinned: string | null;
  readonly page: number;
  readonly panel: Panel | null;
  readonly setMode: (mode: LayoutMode) => void;
  readonly pin: (tile: string | null) => void;
  readonly setPage: (page: number) => void;
  readonly toggle: (panel: Panel) => void;
  readonly closePanel: () => void;
}

export function useViewChoice(tiles: readonly Tile[]): ViewChoice {
  const [mode, setMode] = useState<LayoutMode>("auto");
  const [pinned, setPinned] = useState<string | null>(null);
  const [page, setPage] = useState(0);
  const [panel, setPanel] = useState<Panel | null>(null);
  const screens = tiles.filter((tile) => tile.kind === "screen").length;
  const [screensBefore, setScreensBefore] = useState(screens);
  if (screens !== screensBefore) {
    setScreensBefore(screens);
    // A new screen is shown big even to those who went back to the grid during an earlier one.
    if (screens > screensBefore && mode === "grid") setMode("auto");
  }
  return {
    mode,
    pinned,
    page,
    panel,
    setMode: useCallback((next: LayoutMode) => {
      setMode(next);
      setPinned(null);
      setPage(0);
    }, []),
    pin: useCallback((tile: string | null) => {
      setPinned(tile);
      setPage(0);
    }, []),
    setPage,
    toggle: useCallback((next: Panel) => {
      setPanel((now) => (now === next ? null : next));
    }, []),
    closePanel: useCallback(() => {
      setPanel(null);
    }, []),
  };
}
