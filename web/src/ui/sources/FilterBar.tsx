import { NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { IconLayoutGrid, IconSearch, IconTable } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RoomRef } from "../../app/api";
import { countGroups, FEED_KINDS, GROUPS, type Source, type SourceFilter } from "../../model/sources";
import list from "../shared/list.module.css";
import { useText } from "../shared/text";
import classes from "./sources.module.css";

export type ListView = "cards" | "table";

interface Props {
  readonly all: readonly Source[];
  readonly rooms: readonly RoomRef[];
  readonly filter: SourceFilter;
  readonly onFilter: (filter: SourceFilter) => void;
  readonly view: ListView;
  readonly onView: (view: ListView) => void;
}

/** A room's id cannot be this: it is a plain word with a space. */
const NO_ROOM = "no room";

/** The counts are the state filter; beside them kind, room, words and the form of the list. */
export function FilterBar({ all, rooms, filter, onFilter, view, onView }: Props): ReactNode {
  const text = useText();
  const words = text.sources;
  const kinds = FEED_KINDS.map((kind) => ({ value: kind, label: text.feed.kinds[kind] }));
  const places = rooms.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <div className={`${list["filters"] ?? ""} ${classes["bar"] ?? ""}`}>
      <Counts all={all} filter={filter} onFilter={onFilter} />
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
        aria-label={words.anyKind}
        value={filter.kind ?? ""}
        data={[{ value: "", label: words.anyKind }, ...kinds]}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onFilter({ ...filter, kind: FEED_KINDS.find((one) => one === value) ?? null });
        }}
      />
      <NativeSelect
        size="sm"
        aria-label={words.anyRoom}
        value={filter.room === "" ? NO_ROOM : (filter.room ?? "")}
        data={[{ value: "", label: words.anyRoom }, ...places, { value: NO_ROOM, label: words.noRoom }]}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onFilter({ ...filter, room: value === "" ? null : value === NO_ROOM ? "" : value });
        }}
      />
      <SegmentedControl
        className={classes["views"] ?? ""}
        aria-label={words.view}
        value={view}
        data={[
          { value: "cards", label: <IconLayoutGrid size={18} role="img" aria-label={words.cards} /> },
          { value: "table", label: <IconTable size={18} role="img" aria-label={words.table} /> },
        ]}
        onChange={(value) => {
          onView(value === "table" ? "table" : "cards");
        }}
      />
    </div>
  );
}

function Counts({ all, filter, onFilter }: Pick<Props, "all" | "filter" | "onFilter">): ReactNode {
  const { groups } = useText().sources;
  const counts = countGroups(all);
  const shown = GROUPS.filter((group) => counts[group] > 0 || filter.group === group);
  return (
    <div className={classes["counts"]} role="group">
      {[null, ...shown].map((group) => (
        <button
          key={group ?? "all"}
          type="button"
          aria-pressed={filter.group === group}
          data-group={group ?? "all"}
          onClick={() => {
            onFilter({ ...filter, group });
          }}
        >
          {groups[group ?? "all"]}
          <b>{group === null ? all.length : counts[group]}</b>
        </button>
      ))}
    </div>
  );
}
