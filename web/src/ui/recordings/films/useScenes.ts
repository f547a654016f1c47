import { useEffect, useState } from "react";
import type { FilmsApi } from "../../../app/recordings-films";
import type { FilmScene } from "../../../model/film";

const NONE: readonly FilmScene[] = [];

/** The scenes of the recording's room, asked for when somebody wants to choose. */
export function useScenes(api: FilmsApi, wanted: boolean): readonly FilmScene[] {
  const [scenes, setScenes] = useState(NONE);
  useEffect(() => {
    if (!wanted) return undefined;
    let current = true;
    // Without them the other layouts are there all the same.
    api.scenes().then(
      (found) => { if (current) setScenes(found); },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [api, wanted]);
  return scenes;
}
