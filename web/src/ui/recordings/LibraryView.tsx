import { Title } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Admin } from "../../app/api";
import { HTML_LANG } from "../../i18n/language";
import { arrangeRecordings, NO_RECORDING_FILTER, roomsOf, type RecordingSummary } from "../../model/recording";
import { Away, NoMatch, Waiting } from "../shared/Blank";
import { useNowMs } from "../shared/hooks";
import list from "../shared/list.module.css";
import { useWords } from "../shared/text";
import { DiskBanner } from "./DiskBanner";
import type { Dialog, Open } from "./dialogs";
import { FilterBar } from "./FilterBar";
import { LibraryDialogs } from "./LibraryDialogs";
import classes from "./library.module.css";
import { NoRecordings } from "./NoRecordings";
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
    <main className={list["page"]}>
      <div className={list["title"]}>
        <Title order={1} size="h2">
          {text.recordings.title}
        </Title>
      </div>
      {library.away && <Away />}
      {library.disk && !library.away && <DiskBanner disk={library.disk} />}
      {all === null && !library.away && <Waiting count={4} height={72} className={classes["waiting"]} />}
      {all?.length === 0 && <NoRecordings />}
      {all !== null && all.length > 0 && (
        <>
          <FilterBar rooms={roomsOf(all, HTML_LANG[language])} filter={filter} onFilter={setFilter} />
          <List found={arrangeRecordings(all, filter, nowMs)} library={library} open={open} nowMs={nowMs} onClear={clear} />
        </>
      )}
      <LibraryDialogs dialog={dialog} open={open} library={library} />
    </main>
  );
}

interface ListProps {
  readonly found: readonly RecordingSummary[];
  readonly library: Library;
  readonly open: Open;
  readonly nowMs: number;
  readonly onClear: () => void;
}

function List({ found, library, open, nowMs, onClear }: ListProps): ReactNode {
  const { recordings: words } = useWords().text;
  const { column } = words;
  if (found.length === 0) return <NoMatch words={words.noMatch} onClear={onClear} />;
  return (
    <>
      <div className={classes["frame"]} data-stale={library.away}>
        <div className={classes["head"]} aria-hidden>
          {[column.room, column.time, column.duration, column.people, column.size, column.state].map((one) => (
            <span key={one}>{one}</span>
          ))}
        </div>
        <ul className={classes["rows"]}>
          {found.map((one) => (
            <RecordingRow key={one.id} recording={one} library={library} open={open} nowMs={nowMs} />
          ))}
        </ul>
      </div>
      <p className={classes["count"]}>{library.more ? words.limited(library.recordings?.length ?? 0) : words.count(found.length)}</p>
    </>
  );
}
