import type { ReactNode } from "react";
import { toneOf } from "../../model/feed";
import type { FeedState } from "../../protocol/generated";
import { StateIcon } from "../shared/FeedIcon";
import { useText } from "../shared/text";
import classes from "./card.module.css";

/** A state by colour, sign and word. */
export function StatePill({ state }: { readonly state: FeedState }): ReactNode {
  const text = useText();
  return (
    <span className={classes["pill"]} data-tone={toneOf(state)} data-state={state}>
      <StateIcon state={state} size={14} />
      {text.feed.states[state]}
    </span>
  );
}
