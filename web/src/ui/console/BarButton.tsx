import type { ReactNode, Ref } from "react";
import classes from "./desk.module.css";

interface Props {
  readonly icon: ReactNode;
  readonly label: string;
  readonly title?: string;
  readonly disabled?: boolean;
  /** A switch: on or off. */
  readonly pressed?: boolean;
  readonly strong?: boolean;
  /** On a narrow page its picture says enough. */
  readonly brief?: boolean;
  readonly after?: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
  readonly onPress: () => void;
}

/** A button of the bar above a wall, large enough for a finger. */
export function BarButton({ icon, label, title, disabled = false, pressed, strong = false, brief = false, after, ref, onPress }: Props): ReactNode {
  return (
    <button
      ref={ref}
      type="button"
      className={classes["barButton"]}
      title={title ?? label}
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      data-strong={strong}
      data-brief={brief}
      onClick={onPress}
    >
      {icon}
      <span className={classes["barLabel"]}>{label}</span>
      {after}
    </button>
  );
}
