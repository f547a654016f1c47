import { Button, Switch, UnstyledButton } from "@mantine/core";
import { IconDeviceTv, IconDoorEnter, IconTrash, IconUserPlus } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { RoomSummary } from "../../app/api";
import { useText } from "../shared/text";
import classes from "./home.module.css";
import { RoomInside } from "./RoomInside";

interface Props {
  readonly room: RoomSummary;
  readonly onOpen: () => void;
  readonly onWalls: () => void;
  readonly onInvite: (room: RoomSummary) => void;
  readonly onClose: (room: RoomSummary) => void;
  readonly onRecord: (room: RoomSummary, automatically: boolean) => Promise<void>;
}

export function RoomCard({ room, onOpen, onWalls, onInvite, onClose, onRecord }: Props): ReactNode {
  const text = useText();
  // Shown while the server is being asked.
  const [wanted, setWanted] = useState<boolean | null>(null);
  return (
    <li className={classes["room"]} data-room={room.id}>
      <div className={classes["roomHead"]}>
        <h2>{room.name}</h2>
        <UnstyledButton
          className={classes["trash"] ?? ""}
          aria-label={`${text.home.delete}: ${room.name}`}
          title={text.home.delete}
          onClick={() => {
            onClose(room);
          }}
        >
          <IconTrash size={20} aria-hidden />
        </UnstyledButton>
      </div>
      <RoomInside room={room} />
      <Switch
        checked={wanted ?? room.recordAutomatically}
        label={text.home.recordAutomatically}
        description={text.home.recordAutomaticallyHint}
        onChange={(event) => {
          const on = event.currentTarget.checked;
          setWanted(on);
          void onRecord(room, on).then(() => {
            setWanted(null);
          });
        }}
      />
      <div className={classes["roomActions"]}>
        <Button size="md" leftSection={<IconDoorEnter size={20} aria-hidden />} onClick={onOpen}>
          {text.home.open}
        </Button>
        <Button
          size="md"
          variant="default"
          leftSection={<IconUserPlus size={20} aria-hidden />}
          onClick={() => {
            onInvite(room);
          }}
        >
          {text.home.invite}
        </Button>
        <Button size="md" variant="default" leftSection={<IconDeviceTv size={20} aria-hidden />} title={text.console.open} onClick={onWalls} data-open-walls>
          {text.console.openShort}
        </Button>
      </div>
    </li>
  );
}
