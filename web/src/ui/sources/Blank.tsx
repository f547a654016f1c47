import { Button, Skeleton, Title } from "@mantine/core";
import { IconBroadcast, IconDeviceCctv, IconDrone, IconPlus, IconRouter, IconWifiOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useText } from "../shared/text";
import classes from "./sources.module.css";

/** The server does not answer: said plainly, over the last known state. */
export function Away(): ReactNode {
  const { away, awayRetry } = useText().sources;
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
    <div className={classes["cards"]} aria-hidden>
      {[0, 1, 2].map((one) => (
        <Skeleton key={one} height={340} radius="lg" />
      ))}
    </div>
  );
}

export function Empty({ onAdd }: { readonly onAdd: () => void }): ReactNode {
  const text = useText().sources;
  return (
    <section className={classes["empty"]}>
      <div className={classes["emptyIcons"]} aria-hidden>
        <IconDeviceCctv size={34} />
        <IconDrone size={34} />
        <IconRouter size={34} />
        <IconBroadcast size={34} />
      </div>
      <Title order={2} size="h3">
        {text.emptyTitle}
      </Title>
      <p>
        {text.lead}
        <br />
        {text.emptyText}
      </p>
      <Button size="md" leftSection={<IconPlus size={20} aria-hidden />} onClick={onAdd}>
        {text.add}
      </Button>
    </section>
  );
}

export function NoMatch({ onClear }: { readonly onClear: () => void }): ReactNode {
  const text = useText().sources;
  return (
    <section className={classes["empty"]}>
      <p>{text.noMatch}</p>
      <Button variant="default" onClick={onClear}>
        {text.clearFilter}
      </Button>
    </section>
  );
}
