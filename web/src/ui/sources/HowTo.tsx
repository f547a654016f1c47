import type { ReactNode } from "react";
import { ffmpegCommand, type PushKind } from "../../model/push";
import type { Push } from "../../model/sources";
import { useText } from "../shared/text";
import { CopyField } from "./CopyField";
import classes from "./push.module.css";

/** How the usual devices and programs are set up for this address. */
export function HowTo({ kind, push }: { readonly kind: PushKind; readonly push: Push }): ReactNode {
  const words = useText().sources.push;
  return (
    <section className={classes["howTo"]}>
      <h3>{words.howTo}</h3>
      <ul>
        {words.steps[kind].map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ul>
      <CopyField label={words.ffmpeg} value={ffmpegCommand(kind, push)} />
    </section>
  );
}
