import { Button } from "@mantine/core";
import { IconDoor, IconEye, IconKey, IconPencil, IconPlayerPlay, IconPower } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { isPush } from "../../model/push";
import { moves, toneOf } from "../../model/feed";
import type { Source } from "../../model/sources";
import { KindIcon } from "../shared/FeedIcon";
import { figures } from "../shared/figures";
import { useWords } from "../shared/text";
import classes from "./card.module.css";
import { pictureAge, roomWords, sinceWords, whyWords } from "./describe";
import type { Open } from "./dialogs";
import { Quarantine } from "./Quarantine";
import { HostsOnly } from "./HostsOnly";
import { SourceMenu } from "./SourceMenu";
import { StatePill } from "./StatePill";
import { Thumbnail } from "./Thumbnail";
import { TranscodingBadge } from "./TranscodingBadge";
import type { Sources } from "./useSources";

interface Props {
  readonly source: Source;
  readonly sources: Sources;
  readonly open: Open;
  readonly nowMs: number;
  /** How old the list is, milliseconds. */
  readonly elapsedMs: number;
}

export function SourceCard({ source, sources, open, nowMs, elapsedMs }: Props): ReactNode {
  const { text, language } = useWords();
  const age = pictureAge(text, source, elapsedMs);
  const since = sinceWords(text, source, nowMs, language);
  return (
    <li className={classes["card"]} data-source={source.id} data-source-state={source.status.state}>
      <button
        type="button"
        className={classes["picture"]}
        aria-label={`${text.sources.actions.preview}: ${source.name}`}
        onClick={() => {
          open({ kind: "preview", id: source.id });
        }}
      >
        <Thumbnail api={sources.api} source={source} />
        {age !== null && <span className={classes["age"]}>{age}</span>}
      </button>
      <div className={classes["pills"]}>
        <StatePill state={source.status.state} />
        <TranscodingBadge reasons={source.status.transcoding} />
      </div>
      <div className={classes["body"]}>
        <div className={classes["head"]}>
          <h2>{source.name}</h2>
          <SourceMenu source={source} sources={sources} open={open} />
        </div>
        <p className={classes["line"]}>
          <span>
            <KindIcon kind={source.kind} size={16} />
            {text.feed.kinds[source.kind]}
          </span>
          {source.audience === "hosts" && <HostsOnly />}
          <span className={classes["rooms"]}>
            <IconDoor size={16} aria-hidden />
            <span>{roomWords(text, source, sources.rooms, language)}</span>
          </span>
        </p>
        <Facts source={source} since={since} />
        <Quarantine source={source} sources={sources} />
        <CardActions source={source} sources={sources} open={open} />
      </div>
    </li>
  );
}

function Facts({ source, since }: { readonly source: Source; readonly since: string | null }): ReactNode {
  const { text, language } = useWords();
  const { state } = source.status;
  const why = state === "quarantined" ? null : whyWords(text, source, language);
  const numbers = source.measured && moves(state) ? figures(source.measured) : [];
  return (
    <div className={classes["facts"]}>
      {numbers.length > 0 && <p className={classes["numbers"]}>{numbers.join(" · ")}</p>}
      {why !== null && (
        <p className={classes["why"]} data-tone={toneOf(state)}>
          {why}
        </p>
      )}
      <p className={classes["line"]}>
        {since !== null && <span>{since}</span>}
        {source.viewers > 0 && (
          <span>
            <IconEye size={16} aria-hidden />
            {text.sources.viewers(source.viewers)}
          </span>
        )}
      </p>
    </div>
  );
}

function CardActions({ source, sources, open }: Pick<Props, "source" | "sources" | "open">): ReactNode {
  const { text } = useWords();
  const { id } = source;
  const second = isPush(source.kind) ? "push" : "edit";
  return (
    <div className={classes["actions"]}>
      {source.enabled ? (
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={18} aria-hidden />}
          onClick={() => {
            open({ kind: "preview", id });
          }}
        >
          {text.sources.actions.preview}
        </Button>
      ) : (
        <Button leftSection={<IconPower size={18} aria-hidden />} onClick={() => void sources.attempt(() => sources.api.enable(id, true))}>
          {text.sources.actions.enable}
        </Button>
      )}
      <Button
        variant="default"
        leftSection={second === "push" ? <IconKey size={18} aria-hidden /> : <IconPencil size={18} aria-hidden />}
        onClick={() => {
          open({ kind: second, id });
        }}
      >
        {text.sources.actions[second]}
      </Button>
    </div>
  );
}
