import { Button } from "@mantine/core";
import { IconShieldX } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Source } from "../../model/sources";
import { useText } from "../shared/text";
import classes from "./card.module.css";
import type { Sources } from "./useSources";

interface Props {
  readonly source: Source;
  readonly sources: Sources;
}

/** Stopped by the server to protect the others: why, and the one way back. */
export function Quarantine({ source, sources }: Props): ReactNode {
  const text = useText();
  const [busy, setBusy] = useState(false);
  if (source.status.state !== "quarantined") return null;
  const { cause } = source.status;
  const restart = async (): Promise<void> => {
    setBusy(true);
    await sources.attempt(() => sources.api.restart(source.id));
    setBusy(false);
  };
  return (
    <div className={classes["quarantine"]} role="alert">
      <IconShieldX size={20} aria-hidden />
      <div>
        <strong>
          {text.sources.quarantineTitle}
          {cause !== null && ` · ${text.feed.causes[cause]}`}
        </strong>
        <p>{text.sources.quarantineText}</p>
        <Button size="compact-md" color="red" loading={busy} onClick={() => void restart()}>
          {text.sources.actions.restart}
        </Button>
      </div>
    </div>
  );
}
