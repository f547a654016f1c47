import { Button, Skeleton, Title } from "@mantine/core";
import { IconMovie, IconPlayerRecord, IconWifiOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useText } from "../shared/text";
import classes from "./library.module.css";

/** The server does not answer: said plainly, over the last known list. */
export function Away(): ReactNode {
  const { away, awayRetry } = useText().recordings;
  return (
    <div className={classes["away"]} role="alert">
      <IconWifiOff size={20} aria-hidden />
      <strong>{away}</strong>
      <span>{awayRetry}</span>
    </div>
  );
}

export function Waiting(): ReactNode {
  return (
    <div className={classes["waiting"]} aria-hidden>
      {[0, 1, 2, 3].map((one) => (
        <Skeleton key={one} height={72} radius="lg" />
      ))}
    </div>
  );
}

export function Empty(): ReactNode {
  const { recordings: text, home } = useText();
  return (
    <section className={classes["empty"]}>
      <div className={classes["emptyIcons"]} aria-hidden>
        <IconPlayerRecord size={34} />
        <IconMovie size={34} />
      </div>
      <Title order={2} size="h3">
        {text.emptyTitle}
      </Title>
      <p>{text.emptyText}</p>
      <Button size="md" variant="default" component="a" href="/">
        {home.rooms}
      </Button>
    </section>
  );
}

export function NoMatch({ onClear }: { readonly onClear: () => void }): ReactNode {
  const text = useText().recordings;
  return (
    <section className={classes["empty"]}>
      <p>{text.noMatch}</p>
      <Button variant="default" onClick={onClear}>
        {text.clearFilter}
      </Button>
    </section>
  );
}
