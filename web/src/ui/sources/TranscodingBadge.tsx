import { Tooltip } from "@mantine/core";
import { IconTransform } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Transcoding } from "../../protocol/generated";
import { transcodingWords } from "../shared/feedText";
import { useText } from "../shared/text";
import classes from "./card.module.css";

/** "Transcoding", and why on hover, focus or touch. */
export function TranscodingBadge({ reasons }: { readonly reasons: readonly Transcoding[] }): ReactNode {
  const text = useText();
  if (reasons.length === 0) return null;
  return (
    <Tooltip label={transcodingWords(text, reasons)} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      <button type="button" className={classes["pill"]} data-tone="transcoding">
        <IconTransform size={14} aria-hidden />
        {text.feed.transcodingBadge}
      </button>
    </Tooltip>
  );
}
