import { Menu } from "@mantine/core";
import { IconCheck, IconChevronDown, IconVolume, IconVolumeOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { feedablesOf, whoIs } from "../../model/walls";
import type { Wall } from "../../protocol/generated";
import { useText } from "../shared/text";
import { BarButton } from "./BarButton";
import { useDesk } from "./desk";
import classes from "./desk.module.css";

/** Whether the display plays sound, and whose. */
export function SoundMenu({ wall }: { readonly wall: Wall }): ReactNode {
  const text = useText().console.bar;
  const { state, mayEdit, edit } = useDesk();
  const may = mayEdit(wall);
  const { people, sources } = feedablesOf(state.view);
  const sounding = [...people, ...sources].filter(({ who }) => who.tracks.some((track) => track.kind === "audio"));
  const onlyName = wall.only === "" ? null : (whoIs(state.view, wall.only)?.name ?? wall.only);
  const label = wall.muted ? text.muted : onlyName === null ? text.everyone : text.only(onlyName);
  const set = (muted: boolean, only: string): void => {
    if (muted !== wall.muted || only !== wall.only) edit(wall.id, { do: "sound", muted, only });
  };
  const mark = (on: boolean): ReactNode => (on ? <IconCheck size={18} aria-hidden /> : <span className={classes["noMark"]} />);
  return (
    <Menu position="bottom-start" withinPortal width={260}>
      <Menu.Target>
        <BarButton
          icon={wall.muted ? <IconVolumeOff size={20} /> : <IconVolume size={20} />}
          label={label}
          title={text.sound}
          disabled={!may}
          after={<IconChevronDown size={16} aria-hidden />}
          onPress={() => undefined}
        />
      </Menu.Target>
      <Menu.Dropdown className={classes["menu"] ?? ""}>
        <Menu.Item
          leftSection={mark(wall.muted)}
          onClick={() => {
            set(true, wall.only);
          }}
        >
          {text.muted}
        </Menu.Item>
        <Menu.Item
          leftSection={mark(!wall.muted && wall.only === "")}
          onClick={() => {
            set(false, "");
          }}
        >
          {text.everyone}
        </Menu.Item>
        {sounding.length > 0 && <Menu.Divider />}
        {sounding.map(({ key, who, content }) => (
          <Menu.Item
            key={key}
            leftSection={mark(!wall.muted && wall.only === content.identity)}
            onClick={() => {
              set(false, content.identity ?? "");
            }}
          >
            {text.only(who.name)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
