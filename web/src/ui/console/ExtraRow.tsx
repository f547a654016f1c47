import { IconGripVertical } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { WallContent } from "../../protocol/generated";
import { useText } from "../shared/text";
import { useCarrier } from "./drag";
import classes from "./palette.module.css";
import { usePlace } from "./usePlace";

interface Props {
  readonly icon: ReactNode;
  readonly label: string;
  /** Null: not complete yet. A function: made when it is taken. */
  readonly content: WallContent | (() => WallContent) | null;
  readonly children?: ReactNode;
}

/** A widget: its head is carried onto a pane, or tapped for the chosen one; its fields stand below. */
export function ExtraRow({ icon, label, content, children }: Props): ReactNode {
  const text = useText().console.palette;
  const carrier = useCarrier();
  const place = usePlace();
  const made = (): WallContent | null => (typeof content === "function" ? content() : content);
  const put = (): void => {
    const now = made();
    if (now) place?.(now);
  };
  return (
    <div className={classes["extra"]} data-full={children !== undefined}>
      <button
        type="button"
        className={classes["row"]}
        disabled={content === null}
        title={place ? text.set : text.ready}
        data-extra={label}
        onPointerDown={(event) => {
          const now = made();
          carrier.begin(event, label, now && { label, content: now, track: null, from: null }, { once: put });
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") put();
        }}
      >
        {icon}
        <span className={classes["nameWord"]}>{label}</span>
        <IconGripVertical size={18} aria-hidden className={classes["grip"]} />
      </button>
      {children}
    </div>
  );
}
