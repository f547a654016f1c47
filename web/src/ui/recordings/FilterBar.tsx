import { NativeSelect, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RoomRef } from "../../app/api";
import type { RecordingFilter } from "../../model/recording";
import list from "../shared/list.module.css";
import { useText } from "../shared/text";
import classes from "./library.module.css";

interface Props {
  readonly rooms: readonly RoomRef[];
  readonly filter: RecordingFilter;
  readonly onFilter: (filter: RecordingFilter) => void;
}

export function FilterBar({ rooms, filter, onFilter }: Props): ReactNode {
  const words = useText().recordings;
  const { times } = words;
  const days = [
    { value: "", label: times.any },
    { value: "1", label: times.day },
    { value: "7", label: times.week },
    { value: "30", label: times.month },
  ];
  return (
    <div className={`${list["filters"] ?? ""} ${classes["bar"] ?? ""}`}>
      <TextInput
        className={classes["search"] ?? ""}
        aria-label={words.search}
        placeholder={words.search}
        leftSection={<IconSearch size={18} aria-hidden />}
        value={filter.search}
        onChange={(event) => {
          onFilter({ ...filter, search: event.currentTarget.value });
        }}
      />
      <NativeSelect
        size="sm"
        aria-label={words.anyRoom}
        value={filter.room ?? ""}
        data={[{ value: "", label: words.anyRoom }, ...rooms.map(({ id, name }) => ({ value: id, label: name || id }))]}
        onChange={(event) => {
          onFilter({ ...filter, room: event.currentTarget.value || null });
        }}
      />
      <NativeSelect
        size="sm"
        aria-label={words.time}
        value={filter.days === null ? "" : String(filter.days)}
        data={days}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onFilter({ ...filter, days: value === "" ? null : Number(value) });
        }}
      />
    </div>
  );
}
