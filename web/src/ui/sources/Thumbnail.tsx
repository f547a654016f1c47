import { useRef, type ReactNode } from "react";
import type { SourcesApi } from "../../app/sources-api";
import { moves } from "../../model/feed";
import type { Source } from "../../model/sources";
import { KindIcon } from "../shared/FeedIcon";
import { useText } from "../shared/text";
import classes from "./card.module.css";
import { useInView, useThumbnail } from "./useThumbnail";

interface Props {
  readonly api: SourcesApi;
  readonly source: Source;
  readonly small?: boolean;
}

const EVERY_MS = 10_000;

/** The newest still; its kind's sign where there is none. Greyed unless pictures come now. */
export function Thumbnail({ api, source, small = false }: Props): ReactNode {
  const text = useText();
  const ref = useRef<HTMLDivElement>(null);
  const moving = moves(source.status.state);
  const url = useThumbnail(api, source.id, { wanted: useInView(ref), everyMs: EVERY_MS, moving });
  return (
    <div ref={ref} className={classes["thumbnail"]} data-small={small} data-old={!moving}>
      {url === null ? (
        <span className={classes["placeholder"]}>
          <KindIcon kind={source.kind} size={small ? 20 : 44} />
          {!small && <span>{text.sources.noPicture}</span>}
        </span>
      ) : (
        <img src={url} alt="" />
      )}
    </div>
  );
}
