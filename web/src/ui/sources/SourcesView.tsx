import { Button, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Admin } from "../../app/api";
import { arrangeSources, NO_FILTER } from "../../model/sources";
import { HTML_LANG } from "../../i18n/language";
import { Away, NoMatch, Waiting } from "../shared/Blank";
import { PHONE, useMedia, useNowMs } from "../shared/hooks";
import page from "../shared/list.module.css";
import { useWords } from "../shared/text";
import type { Dialog } from "./dialogs";
import { FilterBar, type ListView } from "./FilterBar";
import { NoSources } from "./NoSources";
import { SourceCard } from "./SourceCard";
import { SourceDialogs } from "./SourceDialogs";
import { SourceTable } from "./SourceTable";
import classes from "./sources.module.css";
import { useSources } from "./useSources";

interface Props {
  readonly admin: Admin;
  /** The key is no longer taken: sign in again. */
  readonly onRefused: () => void;
}

export function SourcesView({ admin, onRefused }: Props): ReactNode {
  const { text, language } = useWords();
  const sources = useSources(admin, onRefused);
  const [filter, setFilter] = useState(NO_FILTER);
  const [view, setView] = useState<ListView>("cards");
  const [dialog, open] = useState<Dialog | null>(null);
  const phone = useMedia(PHONE);
  const all = sources.sources;
  const add = (): void => {
    open({ kind: "add" });
  };
  return (
    <main className={page["page"]}>
      <div className={page["title"]}>
        <Title order={1} size="h2">
          {text.sources.title}
        </Title>
        {all !== null && all.length > 0 && (
          <Button size="md" leftSection={<IconPlus size={20} aria-hidden />} onClick={add}>
            {text.sources.add}
          </Button>
        )}
      </div>
      {sources.away && <Away />}
      {all === null && !sources.away && <Waiting count={3} height={340} className={classes["cards"]} />}
      {all?.length === 0 && <NoSources onAdd={add} />}
      {all !== null && all.length > 0 && (
        <>
          <FilterBar all={all} rooms={sources.rooms} filter={filter} onFilter={setFilter} view={view} onView={setView} />
          <List
            list={arrangeSources(all, filter, HTML_LANG[language])}
            sources={sources}
            open={open}
            table={view === "table" && !phone}
            onClear={() => {
              setFilter(NO_FILTER);
            }}
          />
        </>
      )}
      <SourceDialogs dialog={dialog} open={open} sources={sources} />
    </main>
  );
}

interface ListProps {
  readonly list: ReturnType<typeof arrangeSources>;
  readonly sources: ReturnType<typeof useSources>;
  readonly open: (dialog: Dialog | null) => void;
  readonly table: boolean;
  readonly onClear: () => void;
}

function List({ list, sources, open, table, onClear }: ListProps): ReactNode {
  const { text } = useWords();
  const nowMs = useNowMs();
  if (list.length === 0) return <NoMatch words={text.sources.noMatch} onClear={onClear} />;
  const shared = { sources, open, nowMs, elapsedMs: Math.max(0, nowMs - sources.atMs) };
  const age = sources.away ? page["stale"] : undefined;
  if (table) {
    return (
      <div className={age}>
        <SourceTable list={list} {...shared} />
      </div>
    );
  }
  return (
    <ul className={`${classes["cards"] ?? ""} ${age ?? ""}`}>
      {list.map((source) => (
        <SourceCard key={source.id} source={source} {...shared} />
      ))}
    </ul>
  );
}
