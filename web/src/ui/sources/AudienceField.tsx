import { Input, SegmentedControl } from "@mantine/core";
import type { ReactNode } from "react";
import type { Audience } from "../../protocol/generated";
import { useText } from "../shared/text";

interface Props {
  readonly audience: Audience;
  readonly onChoose: (audience: Audience) => void;
}

/** Who in the room may see a source. */
export function AudienceField({ audience, onChoose }: Props): ReactNode {
  const text = useText().console.audience;
  return (
    <Input.Wrapper label={text.label} labelElement="div" description={text.hint} inputWrapperOrder={["label", "input", "description"]}>
      <SegmentedControl
        fullWidth
        size="md"
        aria-label={text.label}
        value={audience}
        data={[
          { value: "all", label: text.all },
          { value: "hosts", label: text.hosts },
        ]}
        onChange={(next) => {
          onChoose(next === "hosts" ? "hosts" : "all");
        }}
        data-audience={audience}
      />
    </Input.Wrapper>
  );
}
