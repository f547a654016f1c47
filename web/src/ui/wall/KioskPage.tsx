import { useEffect, type ReactNode } from "react";
import type { Kiosk } from "../../app/wall-kiosk";
import type { Language } from "../../i18n/language";
import { useStore } from "../shared/hooks";
import { kioskWords } from "./kioskWords";
import { PairingScreen } from "./PairingScreen";
import { Splash } from "./Splash";
import { WallScreen } from "./WallScreen";

interface Props {
  readonly kiosk: Kiosk;
  readonly language: Language;
}

/** The whole page of a display: nothing on it can be pressed. */
export function KioskPage({ kiosk, language }: Props): ReactNode {
  const state = useStore(kiosk.state);
  const words = kioskWords(language);
  const { stage, device, wall, trouble, phase } = state;
  const name = wall?.name ?? device?.name ?? "";
  useEffect(() => {
    document.title = name === "" ? words.title : `${name} · ${words.title}`;
  }, [name, words]);
  if (stage === "pairing") return <PairingScreen state={state} words={words} language={language} />;
  if (stage === "wall" && wall) return <WallScreen kiosk={kiosk} state={state} wall={wall} words={words} language={language} />;
  const line = trouble !== null ? words[trouble] : name === "" ? words.starting : words.connecting(name);
  return <Splash line={line} away={phase === "reconnecting" || trouble !== null} />;
}
