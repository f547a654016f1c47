import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { FEED_KINDS } from "../../model/sources";
import type { FeedKind } from "../../protocol/generated";
import { KindIcon } from "../shared/FeedIcon";
import { useText } from "../shared/text";
import classes from "./form.module.css";

interface Props {
  readonly kind: FeedKind;
  readonly onKind: (kind: FeedKind) => void;
  readonly onNext: () => void;
}

/** The four ways in, each with what it is good for. */
export function KindChoice({ kind, onKind, onNext }: Props): ReactNode {
  const text = useText();
  const { form } = text.sources;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onNext();
      }}
    >
      <div className={classes["kinds"]} role="radiogroup" aria-label={form.stepKind}>
        {FEED_KINDS.map((one) => (
          <label key={one} className={classes["kind"]} data-kind={one}>
            <input
              type="radio"
              name="kind"
              value={one}
              checked={kind === one}
              onChange={() => {
                onKind(one);
              }}
            />
            <span className={classes["kindIcon"]}>
              <KindIcon kind={one} size={26} />
            </span>
            <span>
              <strong>{text.feed.kinds[one]}</strong>
              <span>{form.kindUse[one]}</span>
            </span>
          </label>
        ))}
      </div>
      <Group justify="flex-end" mt="lg">
        <Button type="submit" size="md">
          {form.next}
        </Button>
      </Group>
    </form>
  );
}
