import type { ReactNode } from "react";
import { screenSize } from "../../app/wall-browser";
import type { KioskState } from "../../app/wall-kiosk";
import type { Language } from "../../i18n/language";
import { useNowMs } from "../shared/hooks";
import { spacedCode, spanWords, type KioskWords } from "./kioskWords";
import classes from "./kiosk.module.css";

interface Props {
  readonly state: KioskState;
  readonly words: KioskWords;
  readonly language: Language;
}

/** How a display becomes a wall: a code to be typed in the console, large enough to be read across a hall. */
export function PairingScreen({ state, words, language }: Props): ReactNode {
  const { pairing, revoked } = state;
  const nowMs = useNowMs();
  const { width, height } = screenSize();
  return (
    <main className={classes["pairing"]} lang={language === "zh" ? "zh-CN" : "en"}>
      <header>
        <img src="/favicon.svg" alt="" />
        <span>{words.title}</span>
        <small>{words.screen(width, height)}</small>
      </header>
      <section className={classes["how"]}>
        <h1>{words.pairTitle}</h1>
        {revoked && <p className={classes["revoked"]}>{words.revoked}</p>}
        <ol>
          {words.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </section>
      <section className={classes["code"]} aria-live="polite">
        <span>{words.code}</span>
        <output data-code={pairing.code ?? undefined}>
          {pairing.code === null ? <i aria-hidden /> : spacedCode(pairing.code).split("").map((one, at) => <b key={at} data-gap={one === " "}>{one}</b>)}
        </output>
        <small data-away={pairing.away}>
          {pairing.away ? words.noServer : pairing.code === null ? words.asking : words.codeValid(spanWords(words, pairing.expiresAtMs - nowMs))}
        </small>
      </section>
    </main>
  );
}
