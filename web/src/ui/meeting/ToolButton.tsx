import type { ReactNode } from "react";
import classes from "./toolbar.module.css";

interface Props {
  readonly label: string;
  readonly icon: ReactNode;
  /** Keyboard shortcut, named in the tooltip. */
  readonly keys?: string;
  readonly off?: boolean;
  readonly active?: boolean;
  readonly danger?: boolean;
  readonly count?: number;
  readonly onClick: () => void;
}

export function ToolButton({ label, icon, keys, off = false, active = false, danger = false, count, onClick }: Props): ReactNode {
  return (
    <button
      type="button"
      className={classes["tool"]}
      data-off={off}
      data-active={active}
      data-danger={danger}
      aria-keyshortcuts={keys}
      title={keys ? `${label} (${keys})` : label}
      onClick={onClick}
    >
      <span className={classes["icon"]} aria-hidden>
        {icon}
        {count !== undefined && <span className={classes["count"]}>{count}</span>}
      </span>
      <span className={classes["label"]}>{label}</span>
    </button>
  );
}
