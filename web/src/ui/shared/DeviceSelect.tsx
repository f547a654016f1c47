import { NativeSelect } from "@mantine/core";
import type { ReactNode } from "react";
import type { DeviceChoice } from "../../rtc/devices";
import { useText } from "./text";

interface Props {
  readonly label: string;
  readonly icon: ReactNode;
  readonly choices: readonly DeviceChoice[];
  readonly value: string | null;
  readonly disabled?: boolean;
  readonly onChange: (id: string | null) => void;
}

/** A native select: phones show their own wheel, and it needs no script to be accessible. */
export function DeviceSelect({ label, icon, choices, value, disabled = false, onChange }: Props): ReactNode {
  const text = useText();
  const known = choices.some((one) => one.id === value) ? (value ?? "") : "";
  const first = { value: "", label: choices.length === 0 && !disabled ? text.join.noDevice : text.join.defaultDevice };
  return (
    <NativeSelect
      label={label}
      leftSection={icon}
      disabled={disabled || choices.length === 0}
      value={known}
      data={[first, ...choices.filter((one) => one.id !== "default").map((one) => ({ value: one.id, label: one.label }))]}
      onChange={(event) => {
        onChange(event.currentTarget.value || null);
      }}
    />
  );
}
