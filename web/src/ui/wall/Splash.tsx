import type { ReactNode } from "react";
import classes from "./kiosk.module.css";

/** Before the first picture: one line, no controls. */
export function Splash({ line, away }: { readonly line: string; readonly away: boolean }): ReactNode {
  return (
    <main className={classes["splash"]} data-away={away}>
      <img src="/favicon.svg" alt="" />
      <p role="status">{line}</p>
      <i aria-hidden />
    </main>
  );
}
