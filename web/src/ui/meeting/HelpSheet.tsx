import type { ReactNode } from "react";
import { useText } from "../shared/text";
import classes from "./side.module.css";

export function HelpSheet(): ReactNode {
  const { help } = useText();
  const keys: readonly (readonly [readonly string[], string])[] = [
    [["M"], help.mic],
    [["V"], help.camera],
    [["S"], help.share],
    [["G"], help.view],
    [["P"], help.people],
    [["F"], help.fullscreen],
    [["←", "→"], help.pages],
    [["?"], help.help],
  ];
  return (
    <dl className={classes["keys"]}>
      {keys.map(([names, what]) => (
        <div key={what}>
          <dt>
            {names.map((name) => (
              <kbd key={name}>{name}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
