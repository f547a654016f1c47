import { Button } from "@mantine/core";
import { IconSpeakerphone } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useText } from "../shared/text";
import classes from "./shared.module.css";
import type { SharedChoice } from "./useShared";

/** Who pushed the layout, and the way between it and one's own view. */
export function SharedNote({ choice }: { readonly choice: SharedChoice }): ReactNode {
  const text = useText().console.shared;
  const { layout, offered, follow } = choice;
  if (!offered) return null;
  return (
    <div className={classes["note"]} data-shared-note={layout ? "following" : "own"} role="status">
      <IconSpeakerphone size={18} aria-hidden />
      <span className={classes["noteWords"]}>{layout ? text.note(offered.by) : text.again(offered.by)}</span>
      <Button
        size="compact-md"
        variant={layout ? "default" : "filled"}
        onClick={() => {
          follow(layout === null);
        }}
      >
        {layout ? text.own : text.back}
      </Button>
    </div>
  );
}
