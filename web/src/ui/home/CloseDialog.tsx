import { Button, Group, Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { RoomSummary } from "../../app/api";
import { useText } from "../shared/text";

interface Props {
  readonly room: RoomSummary | null;
  readonly onCancel: () => void;
  readonly onConfirm: (room: RoomSummary) => void;
}

export function CloseDialog({ room, onCancel, onConfirm }: Props): ReactNode {
  const text = useText();
  return (
    <Modal opened={room !== null} onClose={onCancel} title={text.home.deleteTitle(room?.name ?? "")}>
      <Text>{text.home.deleteText}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onCancel}>
          {text.common.cancel}
        </Button>
        <Button
          color="red"
          onClick={() => {
            if (room) onConfirm(room);
          }}
        >
          {text.home.deleteConfirm}
        </Button>
      </Group>
    </Modal>
  );
}
