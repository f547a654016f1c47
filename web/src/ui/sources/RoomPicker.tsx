import { Checkbox, Input } from "@mantine/core";
import type { ReactNode } from "react";
import type { RoomRef } from "../../app/api";
import { useText } from "../shared/text";
import classes from "./form.module.css";

interface Props {
  readonly rooms: readonly RoomRef[];
  readonly chosen: readonly string[];
  readonly onChoose: (rooms: readonly string[]) => void;
}

/** Any number of rooms; as boxes to tick, which need no second list on a phone. */
export function RoomPicker({ rooms, chosen, onChoose }: Props): ReactNode {
  const text = useText().sources.form;
  return (
    <Input.Wrapper
      label={text.rooms}
      labelElement="div"
      description={rooms.length === 0 ? text.roomsNone : text.roomsHint}
      inputWrapperOrder={["label", "input", "description"]}
    >
      {rooms.length > 0 && (
        <div className={classes["rooms"]} role="group" aria-label={text.rooms}>
          {rooms.map(({ id, name }) => (
            <Checkbox
              key={id}
              className={classes["room"] ?? ""}
              label={name}
              checked={chosen.includes(id)}
              onChange={(event) => {
                onChoose(event.currentTarget.checked ? [...chosen, id] : chosen.filter((one) => one !== id));
              }}
            />
          ))}
        </div>
      )}
    </Input.Wrapper>
  );
}
