import { useSyncExternalStore } from "react";
import { parsePlace, placeHash, type Place } from "../../app/recordings-place";

function subscribe(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  window.addEventListener("popstate", changed);
  return () => {
    window.removeEventListener("hashchange", changed);
    window.removeEventListener("popstate", changed);
  };
}

/** Which recording is open, from the page's address. */
export function useOpenRecording(): string | null {
  return useSyncExternalStore(subscribe, () => parsePlace(location.hash).recording);
}

/** Which of its films is open instead of its tracks. */
export function useOpenFilm(): string | null {
  return useSyncExternalStore(subscribe, () => parsePlace(location.hash).film);
}

export const readPlace = (): Place => parsePlace(location.hash);

/** A step in the history, so that the browser's way back works. */
export function goTo(place: Place): void {
  history.pushState(null, "", placeHash(place) || location.pathname);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

/** Where it plays; a reload or a copied address comes back to it. Browsers take about 100 of these in 30 s. */
export function keepPlace(place: Place): void {
  history.replaceState(history.state, "", placeHash(place));
}
