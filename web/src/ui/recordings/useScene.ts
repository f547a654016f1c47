import { useMemo, useSyncExternalStore } from "react";
import { sceneAt, sceneKey, type Scene } from "../../player/scene";
import { skipTo, type Timeline } from "../../player/timeline";
import type { Player } from "./usePlayer";

/** What is to be seen and heard now; the same object until it changes. */
export function useScene(player: Player, timeline: Timeline): Scene {
  const { position } = player;
  const key = useSyncExternalStore(position.subscribe, () => sceneKey(sceneAt(timeline, position.get())));
  // The key stands for the position: another position with the same key has the same scene.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => sceneAt(timeline, position.get()), [timeline, position, key]);
}

/** A shorter wait is over before anybody has read about it. */
const WORTH_MS = 2_000;

/** Where something plays again, while nothing does and it takes long. */
export function useSkip(player: Player, timeline: Timeline): number | null {
  const { position } = player;
  return useSyncExternalStore(position.subscribe, () => {
    const toMs = skipTo(timeline, position.get());
    return toMs !== null && toMs - position.get() > WORTH_MS ? toMs : null;
  });
}

/** The position in steps of `stepMs`: what shows it needs no more. */
export function usePositionMs(player: Player, stepMs: number): number {
  const { position } = player;
  return useSyncExternalStore(position.subscribe, () => Math.floor(position.get() / stepMs) * stepMs);
}
