import { Menu } from "@mantine/core";
import {
  IconChartBar,
  IconDeviceTv,
  IconDots,
  IconKeyboard,
  IconLanguage,
  IconLayoutGrid,
  IconLayoutSidebarRight,
  IconLink,
  IconMaximize,
  IconMinimize,
  IconPlayerRecord,
  IconPlayerStop,
  IconScreenShare,
  IconSettings,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useWords } from "../shared/text";
import classes from "./toolbar.module.css";
import type { Controls } from "./useControls";

interface Props {
  readonly controls: Controls;
  readonly phone: boolean;
  readonly staged: boolean;
  readonly sharing: boolean;
}

const SIZE = 20;

export function MoreMenu({ controls, phone, staged, sharing }: Props): ReactNode {
  const { text } = useWords();
  const { fullscreen } = controls;
  return (
    <Menu position="top" withinPortal width={240}>
      <Menu.Target>
        <button type="button" className={classes["tool"]} title={text.meeting.more}>
          <span className={classes["icon"]} aria-hidden>
            <IconDots />
          </span>
          <span className={classes["label"]}>{text.meeting.more}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown className={classes["menu"] ?? ""}>
        {phone && <PhoneItems controls={controls} staged={staged} sharing={sharing} />}
        {controls.record && (
          <Menu.Item
            leftSection={controls.record.on ? <IconPlayerStop size={SIZE} /> : <IconPlayerRecord size={SIZE} />}
            onClick={controls.record.toggle}
            data-record={controls.record.on}
          >
            {controls.record.on ? text.meeting.stopRecording : text.meeting.record}
          </Menu.Item>
        )}
        {controls.console && (
          <Menu.Item leftSection={<IconDeviceTv size={SIZE} />} onClick={controls.console} data-open-console>
            {text.console.open}
          </Menu.Item>
        )}
        {controls.copyInvitation && (
          <Menu.Item leftSection={<IconLink size={SIZE} />} onClick={controls.copyInvitation}>
            {text.meeting.copyInvitation}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconSettings size={SIZE} />} onClick={panel(controls, "settings")}>
          {text.meeting.settings}
        </Menu.Item>
        <Menu.Item leftSection={<IconChartBar size={SIZE} />} onClick={panel(controls, "stats")}>
          {text.meeting.stats}
        </Menu.Item>
        {fullscreen.possible && (
          <Menu.Item
            leftSection={fullscreen.on ? <IconMinimize size={SIZE} /> : <IconMaximize size={SIZE} />}
            rightSection={phone ? null : <kbd>F</kbd>}
            onClick={fullscreen.toggle}
          >
            {fullscreen.on ? text.meeting.exitFullscreen : text.meeting.fullscreen}
          </Menu.Item>
        )}
        {!phone && (
          <Menu.Item leftSection={<IconKeyboard size={SIZE} />} rightSection={<kbd>?</kbd>} onClick={panel(controls, "help")}>
            {text.meeting.help}
          </Menu.Item>
        )}
        <Menu.Divider />
        <LanguageItem />
      </Menu.Dropdown>
    </Menu>
  );
}

const panel = (controls: Controls, name: "settings" | "stats" | "help") => (): void => {
  controls.panel(name);
};

function LanguageItem(): ReactNode {
  const { language, text, choose } = useWords();
  const other = language === "zh" ? "en" : "zh";
  return (
    <Menu.Item
      leftSection={<IconLanguage size={SIZE} />}
      onClick={() => {
        choose(other);
      }}
    >
      {text.language[other]}
    </Menu.Item>
  );
}

type PhoneProps = Pick<Props, "controls" | "staged" | "sharing">;

/** What does not fit on a phone's bar. */
function PhoneItems({ controls, staged, sharing }: PhoneProps): ReactNode {
  const { text } = useWords();
  return (
    <>
      {controls.canShare && (
        <Menu.Item leftSection={<IconScreenShare size={SIZE} />} onClick={controls.share}>
          {sharing ? text.meeting.stopShare : text.meeting.share}
        </Menu.Item>
      )}
      <Menu.Item leftSection={staged ? <IconLayoutGrid size={SIZE} /> : <IconLayoutSidebarRight size={SIZE} />} onClick={controls.view}>
        {staged ? text.meeting.grid : text.meeting.speaker}
      </Menu.Item>
    </>
  );
}
