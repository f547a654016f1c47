import { ActionIcon, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { copyText } from "../../app/clipboard";
import { useText } from "../shared/text";
import classes from "./push.module.css";

interface Props {
  readonly label: string;
  readonly value: string;
}

const SHOWN_MS = 2_500;

/** A value to copy by one press; the press is answered where it happened. */
export function CopyField({ label, value }: Props): ReactNode {
  const text = useText();
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state !== "copied") return undefined;
    const timer = setTimeout(() => {
      setState("idle");
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [state]);
  const copied = state === "copied";
  const name = text.sources.push.copyOf(label);
  return (
    <TextInput
      size="md"
      readOnly
      label={copied ? `${label} · ${text.common.copied}` : label}
      value={value}
      error={state === "failed" ? text.errors.clipboard : null}
      classNames={{ input: classes["mono"] ?? "" }}
      onFocus={(event) => {
        event.currentTarget.select();
      }}
      rightSectionWidth={44}
      rightSection={
        <ActionIcon
          variant={copied ? "filled" : "subtle"}
          color={copied ? "teal" : "gray"}
          size={36}
          aria-label={name}
          title={name}
          onClick={() =>
            void copyText(value).then((done) => {
              setState(done ? "copied" : "failed");
            })
          }
        >
          {copied ? <IconCheck size={20} /> : <IconCopy size={20} />}
        </ActionIcon>
      }
    />
  );
}
