import { Button, Skeleton, Title } from "@mantine/core";
import { IconWifiOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./list.module.css";
import { useText } from "./text";

/** The server does not answer: said plainly, over the last known list. */
export function Away(): ReactNode {
  const { away, awayRetry } = useText().list;
  return (
    <div className={classes["banner"]} role="alert">
      <IconWifiOff size={20} aria-hidden />
      <strong>{away}</strong>
      <span>{awayRetry}</span>
    </div>
  );
}

interface WaitingProps {
  readonly count: number;
  readonly height: number;
  readonly className: string | undefined;
}

/** The list's outline while it is fetched. */
export function Waiting({ count, height, className }: WaitingProps): ReactNode {
  return (
    <div className={className} aria-hidden>
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} height={height} radius="lg" />
      ))}
    </div>
  );
}

interface EmptyProps {
  readonly icons: ReactNode;
  readonly title: string;
  readonly action: ReactNode;
  readonly children: ReactNode;
}

/** There is nothing yet: what would be here, and the first step. */
export function Empty({ icons, title, action, children }: EmptyProps): ReactNode {
  return (
    <section className={classes["empty"]}>
      <div className={classes["emptyIcons"]} aria-hidden>
        {icons}
      </div>
      <Title order={2} size="h3">
        {title}
      </Title>
      <p>{children}</p>
      {action}
    </section>
  );
}

/** There is something, but the filter hides it all. */
export function NoMatch({ words, onClear }: { readonly words: string; readonly onClear: () => void }): ReactNode {
  return (
    <section className={classes["empty"]}>
      <p>{words}</p>
      <Button variant="default" onClick={onClear}>
        {useText().list.clearFilter}
      </Button>
    </section>
  );
}
