import { Loader, Text, Title, UnstyledButton } from "@mantine/core";
import { IconChevronRight, IconDeviceTv } from "@tabler/icons-react";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { readAdminKey, writeAdminKey } from "../../app/admin-key";
import { Admin, type RoomSummary } from "../../app/api";
import { consoleToken, keepPlace, type ConsolePlace } from "../../app/console-place";
import { SignIn } from "../home/SignIn";
import { useSay } from "../home/useSay";
import { Brand } from "../shared/Brand";
import { useText } from "../shared/text";
import classes from "./entrance.module.css";

interface Props {
  readonly onChosen: (place: ConsolePlace) => void;
}

/** For those who opened the page by its bare address: sign in, choose a room. */
export function Entrance({ onChosen }: Props): ReactNode {
  const [key, setKey] = useState(readAdminKey);
  return (
    <div className={classes["page"]}>
      <header className={classes["head"]}>
        <Brand />
      </header>
      <main className={classes["main"]}>
        {key === null ? (
          <SignIn
            onSignIn={(next) => {
              writeAdminKey(next);
              setKey(next);
            }}
          />
        ) : (
          <RoomChoice adminKey={key} onChosen={onChosen} />
        )}
      </main>
    </div>
  );
}

interface RoomChoiceProps extends Props {
  readonly adminKey: string;
}

function RoomChoice({ adminKey, onChosen }: RoomChoiceProps): ReactNode {
  const text = useText();
  const say = useSay();
  const admin = useMemo(() => new Admin(adminKey), [adminKey]);
  const [rooms, setRooms] = useState<readonly RoomSummary[] | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    admin.rooms().then(setRooms, setProblem);
  }, [admin]);
  const open = async (room: string): Promise<void> => {
    try {
      const place = { room, token: await consoleToken(admin, room) };
      keepPlace(sessionStorage, place);
      onChosen(place);
    } catch (failure) {
      setProblem(failure);
    }
  };
  return (
    <>
      <Title order={1} size="h2">
        {text.console.entrance.title}
      </Title>
      <Text c="dimmed">{text.console.entrance.hint}</Text>
      {problem !== null && <Text c="red.4">{say(problem)}</Text>}
      {rooms === null && problem === null && <Loader />}
      {rooms?.length === 0 && <Text c="dimmed">{text.console.entrance.none}</Text>}
      <ul className={classes["rooms"]}>
        {rooms?.map((room) => (
          <li key={room.id}>
            <UnstyledButton className={classes["room"] ?? ""} onClick={() => void open(room.id)} data-room={room.id}>
              <IconDeviceTv size={22} aria-hidden />
              <span className={classes["roomWords"]}>
                <span className={classes["roomName"]}>{room.name}</span>
                <span className={classes["roomPeople"]}>
                  {text.home.online(room.people)}
                  {room.displays > 0 && ` · ${text.home.displays(room.displays)}`}
                </span>
              </span>
              <IconChevronRight size={18} aria-hidden />
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </>
  );
}
