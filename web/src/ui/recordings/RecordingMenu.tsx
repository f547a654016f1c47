import { Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconDownload, IconLock, IconLockOpen, IconMovie, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { placeOf } from "../../app/recordings-place";
import type { RecordingSummary } from "../../model/recording";
import { useText } from "../shared/text";
import type { Open } from "./dialogs";
import classes from "./library.module.css";
import type { Library } from "./useLibrary";
import { goTo } from "./usePlace";

interface Props {
  readonly recording: RecordingSummary;
  readonly library: Library;
  readonly open: Open;
}

const SIZE = 18;

/** Everything that can be done to a recording. */
export function RecordingMenu({ recording, library, open }: Props): ReactNode {
  const words = useText().recordings;
  const { actions } = words;
  const { id, roomName, legalHold, state } = recording;
  const hold = async (held: boolean): Promise<void> => {
    if (!(await library.attempt(() => library.api.hold(id, held)))) return;
    notifications.show({ message: held ? words.holdDone : words.releaseDone, color: "teal" });
  };
  const blocked = legalHold ? words.delete.blockedHeld : state === "recording" ? words.delete.blockedRunning : null;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <button type="button" className={classes["more"]} aria-label={`${actions.menu}: ${roomName}`} title={actions.menu}>
          <IconDots size={20} />
        </button>
      </Menu.Target>
      <Menu.Dropdown className={classes["menu"] ?? ""}>
        <Menu.Item
          leftSection={<IconPlayerPlay size={SIZE} />}
          onClick={() => {
            goTo(placeOf(id));
          }}
        >
          {actions.play}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconMovie size={SIZE} />}
          onClick={() => {
            open({ kind: "films", id });
          }}
        >
          {actions.films}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDownload size={SIZE} />}
          onClick={() => {
            open({ kind: "download", id });
          }}
        >
          {actions.download}
        </Menu.Item>
        <Menu.Item leftSection={legalHold ? <IconLockOpen size={SIZE} /> : <IconLock size={SIZE} />} onClick={() => void hold(!legalHold)}>
          {legalHold ? actions.release : actions.hold}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={SIZE} />}
          disabled={blocked !== null}
          onClick={() => {
            open({ kind: "delete", id });
          }}
        >
          {actions.delete}
          {blocked !== null && <small className={classes["blocked"]}>{blocked}</small>}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
