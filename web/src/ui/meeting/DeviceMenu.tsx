import { Menu } from "@mantine/core";
import { IconChevronUp } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { DeviceChoice } from "../../rtc/devices";
import { useText } from "../shared/text";
import classes from "./toolbar.module.css";

interface Props {
  readonly label: string;
  readonly choices: readonly DeviceChoice[];
  readonly value: string | null;
  readonly onChoose: (id: string | null) => void;
}

/** The small arrow beside a switch: changes the device in the middle of the meeting. */
export function DeviceMenu({ label, choices, value, onChoose }: Props): ReactNode {
  const text = useText();
  const entries: readonly DeviceChoice[] = [
    { id: "", label: text.join.defaultDevice },
    ...choices.filter((one) => one.id !== "default"),
  ];
  const known = choices.some((one) => one.id === value) ? value : "";
  return (
    <Menu position="top" withinPortal>
      <Menu.Target>
        <button type="button" className={classes["arrow"]} aria-label={label} title={label}>
          <IconChevronUp size={16} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown className={classes["menu"] ?? ""}>
        <Menu.Label>{label}</Menu.Label>
        <Menu.RadioGroup
          value={known ?? ""}
          onChange={(id) => {
            onChoose(id || null);
          }}
        >
          {entries.map((one) => (
            <Menu.RadioItem key={one.id} value={one.id} closeMenuOnClick>
              {one.label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
