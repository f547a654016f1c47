import { Title } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Admin } from "../../app/api";
import { HTML_LANG } from "../../i18n/language";
import { arrangeRecordings, NO_RECORDING_FILTER, roomsOf, type RecordingSummary } from "../../model/recording";
import { useNowMs } from "../shared/hooks";
import { useWords } from "../shared/text";
import { Away, Empty, NoMatch, Waiting } from "./Blank";
import type { Dialog, Open } from "./dialogs";
import { FilterBar } from "./FilterBar";
import { LibraryDialogs } from "./LibraryDialogs";
import classes from "./library.module.css";
import { RecordingRow } from "./RecordingRow";
import { useLibrary, type Library } from "./useLibrary";

interface Props {
  readonly admin: Admin;
  /** The key is no longer taken: sign in again. */
  readonly onRefused: () => void;
}

export function LibraryView({ admin, onRefused }: Props): ReactNode {
  const { text, language } = useWords();
  const library = useLibrary(admin, onRefused);
  const [filter, setFilter] = useState(NO_RECORDING_FILTER);
  const [dialog, open] = useState<Dialog | null>(null);
  const nowMs = useNowMs();
  const all = library.recordings;
  const clear = (): void => {
    setFilter(NO_RECORDING_FILTER);
  };
  return (
    <main className={classes["page"]}>
      <div className={classes["title"]}>
        <Title order={1} size="h2">
          {text.recordings.title}
        </Title>
      </div>
      {library.away && <Away />}
      {all === null && !library.away && <Waiting />}
      {all?.length === 0 && <Empty />}
      {all !== null && all.length > 0 && (
        <>
          <FilterBar rooms={roomsOf(all, HTML_LANG[language])} filter={filter} onFilter={setFilter} />
          <List list={arrangeRecordings(all, filter, nowMs)} library={library} open={open} nowMs={nowMs} onClear={clear} />
        </>
      )}
      <LibraryDialogs dialog={dialog} open={open} library={library} />
    </main>
  );
}

interface ListProps {
  readonly list: readonly RecordingSummary[];
  readonly library: Library;
  readonly open: Open;
  readonly nowMs: number;
  readonly onClear: () => void;
}

function List({ list, library, open, nowMs, onClear }: ListProps): ReactNode {
  const { recordings: words } = useWords().text;
  const { column } = words;
  if (list.length === 0) return <NoMatch onClear={onClear} />;
  return (
    <>
      <div className={classes["frame"]} data-stale={library.away}>
        <div className={classes["head"]} aria-hidden>
          {[column.room, column.time, column.duration, column.people, column.size, column.state].map((one) => (
            <span key={one}>{one}</span>
          ))}
        </div>
        <ul className={classes["rows"]}>
          {list.map((one) => (
            <RecordingRow key={one.id} recording={one} library={library} open={open} nowMs={nowMs} />
          ))}
        </ul>
      </div>
      <p className={classes["count"]}>{library.more ? words.limited(library.recordings?.length ?? 0) : words.count(list.length)}</p>
    </>
  );
}
