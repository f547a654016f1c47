import { useSyncExternalStore } from "react";
import type { Box } from "../../layout/grid";

let box: Box = { width: 0, height: 0 };

function current(): Box {
  const { innerWidth: width, innerHeight: height } = window;
  if (box.width !== width || box.height !== height) box = { width, height };
  return box;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("resize", changed);
  return () => {
    window.removeEventListener("resize", changed);
  };
}

/** The whole window in CSS pixels. */
export function useScreenBox(): Box {
  return useSyncExternalStore(subscribe, current);
}
