import { Button, UnstyledButton } from "@mantine/core";
import { IconDoorEnter, IconTrash, IconUserPlus, IconUsers } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RoomSummary } from "../../app/api";
import { useText } from "../shared/text";
import classes from "./home.module.css";

interface Props {
  readonly room: RoomSummary;
  readonly onOpen: () => void;
  readonly onInvite: (room: RoomSummary) => void;
  readonly onClose: (room: RoomSummary) => void;
}

export function RoomCard({ room, onOpen, onInvite, onClose }: Props): ReactNode {
  const text = useText();
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
      <p className={classes["online"]} data-live={room.participants > 0}>
        <IconUsers size={18} aria-hidden />
        {text.home.online(room.participants)}
      </p>
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
      </div>
    </li>
  );
}
