import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useText } from "../shared/text";

/** Marks a source that only hosts and walls see. */
export function HostsOnly(): ReactNode {
  const words = useText().console.locked;
  return (
    <span title={words} data-hosts-only>
      <IconLock size={15} role="img" aria-label={words} />
    </span>
  );
}
