import { sessionDeps } from "./browser";
import { call } from "./rest";
import { readDevice, writeDevice } from "./wall-device";
import { Kiosk } from "./wall-kiosk";
import { browserRenewal } from "./wall-renew";

/** The whole screen in device pixels, as the console is told. */
export function screenSize(): { readonly width: number; readonly height: number } {
  const ratio = window.devicePixelRatio;
  return { width: Math.round(window.innerWidth * ratio), height: Math.round(window.innerHeight * ratio) };
}

/** The real browser behind the kiosk's small interfaces. */
export function createKiosk(): Kiosk {
  const kiosk = new Kiosk({
    session: sessionDeps(),
    pairing: { ask: (path, body) => call("POST", path, "", body), size: screenSize },
    nowMs: () => Date.now(),
    createContext: () => new AudioContext(),
    renewal: browserRenewal(),
    readDevice: () => readDevice(localStorage),
    writeDevice: (device) => {
      writeDevice(localStorage, device);
    },
  });
  window.addEventListener("online", () => {
    kiosk.online();
  });
  window.addEventListener("offline", () => {
    kiosk.offline();
  });
  keepAwake();
  return kiosk;
}

/** The screen must not go dark; the lock is lost whenever the page is hidden. */
function keepAwake(): void {
  const { wakeLock } = navigator as Partial<Navigator>;
  if (!wakeLock) return;
  const take = (): void => {
    if (!document.hidden) void wakeLock.request("screen").catch(() => undefined);
  };
  document.addEventListener("visibilitychange", take);
  take();
}

/** What browser tests may look at, read only: `window.__huishang` on a wall. */
export function exposeKiosk(kiosk: Kiosk): void {
  const hook = {
    state: () => {
      const { stage, phase, pairing, wall, view, media, soundBlocked, trouble } = kiosk.state.get();
      const participants = [...view.people.values()];
      const layers = Object.fromEntries(view.layers);
      return { stage, phase, pairing, wall, you: view.you, participants, layers, media: [...media.keys()], soundBlocked, trouble };
    },
  };
  Object.defineProperty(window, "__huishang", { value: Object.freeze(hook), configurable: true });
}
