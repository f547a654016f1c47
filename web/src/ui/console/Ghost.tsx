import type { ReactNode } from "react";
import { useStore } from "../shared/hooks";
import { useDesk } from "./desk";
import { useCarrier } from "./drag";
import classes from "./desk.module.css";
import { Thumb } from "./Thumb";

/** What is being carried, under the pointer. */
export function Ghost(): ReactNode {
  const carried = useStore(useCarrier().now);
  const { media } = useDesk().state;
  if (!carried) return null;
  const { cargo, x, y } = carried;
  const track = cargo.track === null ? undefined : media.get(cargo.track);
  return (
    <div className={classes["ghost"]} style={{ transform: `translate(${String(x + 12)}px, ${String(y + 12)}px)` }} data-ghost>
      {track && <Thumb track={track} />}
      <span>{cargo.label}</span>
    </div>
  );
}
