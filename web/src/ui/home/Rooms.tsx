import { Button, Group, Loader, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRefresh } from "@tabler/icons-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { ApiError, type Admin, type RoomSummary } from "../../app/api";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { useText } from "../shared/text";
import { CreateRoom } from "./CreateRoom";
import classes from "./home.module.css";
import { InviteDialog } from "./InviteDialog";
import { openAsHost, openWalls } from "./openAsHost";
import { RoomCard } from "./RoomCard";
import { useSay } from "./useSay";

interface Props {
  readonly admin: Admin;
  /** The key is no longer taken: sign in again. */
  readonly onRefused: () => void;
}

const REFRESH_MS = 10_000;

export function Rooms({ admin, onRefused }: Props): ReactNode {
  const text = useText();
  const { rooms, load, attempt } = useRooms(admin, onRefused);
  const [inviting, setInviting] = useState<RoomSummary | null>(null);
  const [closing, setClosing] = useState<RoomSummary | null>(null);
  return (
    <main className={classes["manage"]}>
      <Group justify="space-between" mb="md">
        <Title order={1} size="h2">
          {text.home.rooms}
        </Title>
        <Button variant="subtle" color="gray" size="md" leftSection={<IconRefresh size={18} aria-hidden />} onClick={() => void load()}>
          {text.home.refresh}
        </Button>
      </Group>
      <CreateRoom onCreate={(name) => attempt(() => admin.create(name))} />
      {rooms === null && <Loader mt="xl" />}
      {rooms?.length === 0 && (
        <Text c="dimmed" mt="xl" ta="center">
          {text.home.roomsEmpty}
        </Text>
      )}
      <ul className={classes["rooms"]}>
        {rooms?.map((room) => (
          <RoomCard
            key={room.id}
            room={room}
            onOpen={() => void attempt(() => openAsHost(admin, room.id))}
            onWalls={() => void attempt(() => openWalls(admin, room.id))}
            onInvite={setInviting}
            onClose={setClosing}
            onRecord={({ id }, on) => attempt(() => admin.recordAutomatically(id, on))}
          />
        ))}
      </ul>
      <InviteDialog
        admin={admin}
        room={inviting}
        onClose={() => {
          setInviting(null);
        }}
      />
      <ConfirmDialog
        about={closing}
        title={(room) => text.home.deleteTitle(room.name)}
        question={text.home.deleteText}
        confirm={text.home.deleteConfirm}
        onCancel={() => {
          setClosing(null);
        }}
        onConfirm={(room) => {
          setClosing(null);
          void attempt(() => admin.close(room.id));
        }}
      />
    </main>
  );
}

interface RoomsState {
  readonly rooms: readonly RoomSummary[] | null;
  readonly load: () => Promise<void>;
  /** Does something to the rooms and shows them as they are afterwards; failures are told. */
  readonly attempt: (action: () => Promise<unknown>) => Promise<void>;
}

function useRooms(admin: Admin, onRefused: () => void): RoomsState {
  const say = useSay();
  const [rooms, setRooms] = useState<readonly RoomSummary[] | null>(null);
  const failed = (failure: unknown): void => {
    if (failure instanceof ApiError && failure.status === 401) onRefused();
    else notifications.show({ message: say(failure), color: "red" });
  };
  const load = async (): Promise<void> => {
    await admin.rooms().then(setRooms, failed);
  };
  useRefresh(load);
  return {
    rooms,
    load,
    attempt: async (action) => {
      await action().catch(failed);
      await load();
    },
  };
}

/** Runs now and again every ten seconds while the page is seen. */
function useRefresh(load: () => Promise<void>): void {
  const latest = useRef(load);
  useEffect(() => {
    latest.current = load;
  });
  useEffect(() => {
    const run = (): void => {
      if (!document.hidden) void latest.current();
    };
    run();
    const timer = setInterval(run, REFRESH_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
}
