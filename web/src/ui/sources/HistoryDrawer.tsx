import { Drawer, Loader, Text } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";
import { toneOf } from "../../model/feed";
import { steadyEvents, type Source, type SourceEvent } from "../../model/sources";
import { HTML_LANG } from "../../i18n/language";
import { useSay } from "../home/useSay";
import { StateIcon } from "../shared/FeedIcon";
import { detailWords, spanWords } from "../shared/feedText";
import { useText, useWords } from "../shared/text";
import classes from "./history.module.css";
import type { Sources } from "./useSources";

interface Props {
  readonly source: Source | null;
  readonly sources: Sources;
  readonly onClose: () => void;
}

export function HistoryDrawer({ source, sources, onClose }: Props): ReactNode {
  const text = useText().sources.history;
  return (
    <Drawer opened={source !== null} onClose={onClose} position="right" size="md" title={source ? text.title(source.name) : ""}>
      {source && <TimeLine key={`${source.id}/${source.status.state}`} id={source.id} sources={sources} />}
    </Drawer>
  );
}

interface Loaded {
  readonly events: readonly SourceEvent[];
  readonly atMs: number;
}

/** What the source went through, the newest on top. Loaded anew with every change of its state. */
function TimeLine({ id, sources }: { readonly id: string; readonly sources: Sources }): ReactNode {
  const text = useText();
  const say = useSay();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const { api } = sources;
  useEffect(() => {
    let current = true;
    api.history(id).then(
      (events) => {
        if (current) setLoaded({ events: steadyEvents(events), atMs: Date.now() });
      },
      (reason: unknown) => {
        if (current) setFailure(reason);
      },
    );
    return () => {
      current = false;
    };
  }, [api, id]);
  if (failure !== null) return <Text c="red">{say(failure)}</Text>;
  if (!loaded) return <Loader />;
  if (loaded.events.length === 0) return <Text c="dimmed">{text.sources.history.empty}</Text>;
  return (
    <ol className={classes["line"]} data-history>
      {loaded.events.map((event) => (
        <Step key={`${String(event.atMs)}/${event.state}`} event={event} nowMs={loaded.atMs} />
      ))}
    </ol>
  );
}

function Step({ event, nowMs }: { readonly event: SourceEvent; readonly nowMs: number }): ReactNode {
  const { text, language } = useWords();
  const words = text.sources.history;
  const { state, cause, atMs, untilMs, detail } = event;
  const lasted = words.lasted(spanWords(text, (untilMs ?? nowMs) - atMs));
  return (
    <li data-tone={toneOf(state)} data-state={state}>
      <span className={classes["mark"]}>
        <StateIcon state={state} size={16} />
      </span>
      <div>
        <strong>
          {text.feed.states[state]}
          {untilMs === null && <em>{words.now}</em>}
        </strong>
        {cause !== null && <p>{text.feed.causes[cause]}</p>}
        <p className={classes["soft"]}>
          {new Date(atMs).toLocaleString(HTML_LANG[language])} · {lasted}
        </p>
        {detail !== "" && <p className={classes["detail"]}>{detailWords(text, detail)}</p>}
      </div>
    </li>
  );
}
