import { IconEye } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { moves } from "../../model/feed";
import type { Source } from "../../model/sources";
import { KindIcon } from "../shared/FeedIcon";
import { figures } from "../shared/figures";
import { useText, useWords } from "../shared/text";
import { pictureAge, roomWords, sinceWords, whyWords } from "./describe";
import type { Open } from "./dialogs";
import { SourceMenu } from "./SourceMenu";
import { StatePill } from "./StatePill";
import classes from "./table.module.css";
import { HostsOnly } from "./HostsOnly";
import { Thumbnail } from "./Thumbnail";
import { TranscodingBadge } from "./TranscodingBadge";
import type { Sources } from "./useSources";

interface Props {
  readonly list: readonly Source[];
  readonly sources: Sources;
  readonly open: Open;
  readonly nowMs: number;
  readonly elapsedMs: number;
}

/** The same as the cards, a line each. */
export function SourceTable({ list, ...rest }: Props): ReactNode {
  const { column, actions } = useText().sources;
  return (
    <div className={classes["frame"]}>
      <table className={classes["table"]}>
        <thead>
          <tr>
            <th>{column.name}</th>
            <th>{column.state}</th>
            <th>{column.rooms}</th>
            <th>{column.numbers}</th>
            <th>{column.age}</th>
            <th>{column.viewers}</th>
            <th aria-label={actions.menu} />
          </tr>
        </thead>
        <tbody>
          {list.map((source) => (
            <Row key={source.id} source={source} {...rest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type RowProps = Omit<Props, "list"> & { readonly source: Source };

function Row({ source, sources, open, nowMs, elapsedMs }: RowProps): ReactNode {
  const { text, language } = useWords();
  const { state, transcoding } = source.status;
  const under = whyWords(text, source, language) ?? sinceWords(text, source, nowMs, language);
  return (
    <tr data-source={source.id} data-source-state={state}>
      <td>
        <button
          type="button"
          className={classes["name"]}
          onClick={() => {
            open({ kind: "preview", id: source.id });
          }}
        >
          <Thumbnail api={sources.api} source={source} small />
          <span>
            <strong>{source.name}</strong>
            <span className={classes["soft"]}>
              <KindIcon kind={source.kind} size={14} />
              {text.feed.kinds[source.kind]}
              {source.audience === "hosts" && <HostsOnly />}
            </span>
          </span>
        </button>
      </td>
      <td>
        <span className={classes["pills"]}>
          <StatePill state={state} />
          <TranscodingBadge reasons={transcoding} />
        </span>
        {under !== null && <span className={classes["under"]}>{under}</span>}
      </td>
      <td>{roomWords(text, source, sources.rooms, language)}</td>
      <td className={classes["numbers"]}>
        {source.measured && moves(state) ? figures(source.measured).join(" · ") : text.common.dash}
      </td>
      <td>{pictureAge(text, source, elapsedMs) ?? text.common.dash}</td>
      <td>
        <span className={classes["soft"]}>
          <IconEye size={14} aria-hidden />
          {source.viewers}
        </span>
      </td>
      <td>
        <SourceMenu source={source} sources={sources} open={open} />
      </td>
    </tr>
  );
}
