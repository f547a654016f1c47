import { Button, SegmentedControl, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useText } from "../../shared/text";
import { clockWords } from "../describe";
import classes from "./films.module.css";
import type { Extent, FilmForm, PartFault } from "./form";

interface Props {
  readonly form: FilmForm;
  readonly extent: Extent;
  readonly fault: PartFault | null;
  readonly positionMs: (() => number) | undefined;
  readonly onChange: (fields: Partial<FilmForm>) => void;
}

/** The whole recording, or from here to there. */
export function PartFields({ form, extent, fault, positionMs, onChange }: Props): ReactNode {
  const words = useText().recordings.films;
  const length = clockWords(extent.untilMs - extent.fromMs);
  const end = clockWords(extent.untilMs - extent.fromMs + 999);
  const ends = [
    ["from", words.from],
    ["until", words.until],
  ] as const;
  const begin = (whole: string): void => {
    if (whole === "all") onChange({ part: false });
    else onChange({ part: true, from: form.from || clockWords(0), until: form.until || end });
  };
  return (
    <fieldset className={classes["fields"]}>
      <legend>{words.span}</legend>
      <SegmentedControl
        fullWidth
        value={form.part ? "part" : "all"}
        data={[
          { value: "all", label: words.whole(length) },
          { value: "part", label: words.part },
        ]}
        onChange={begin}
      />
      {form.part && (
        <div className={classes["ends"]}>
          {ends.map(([field, label]) => (
            <div key={field} className={classes["end"]}>
              <TextInput
                label={label}
                inputMode="numeric"
                maxLength={9}
                value={form[field]}
                error={fault === field || (fault === "order" && field === "until") ? words.faults[fault] : null}
                onChange={(event) => {
                  onChange({ [field]: event.currentTarget.value });
                }}
              />
              {positionMs && (
                <Button
                  variant="subtle"
                  size="compact-sm"
                  onClick={() => {
                    onChange({ [field]: clockWords(positionMs() - extent.fromMs) });
                  }}
                >
                  {words.here}
                </Button>
              )}
            </div>
          ))}
        </div>
      )}
    </fieldset>
  );
}
