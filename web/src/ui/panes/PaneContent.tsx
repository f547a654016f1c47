import { IconClockPause, IconWorld } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { WallPane } from "../../protocol/generated";
import classes from "./panes.module.css";
import { countdownWords, timeWords, type PaneWords } from "./words";

interface Props {
  readonly pane: WallPane;
  /** The server's clock: all walls of a room show the same second. */
  readonly serverMs: number;
  readonly words: PaneWords;
  readonly frames: "live" | "off";
}

/** What a pane shows instead of a picture: a clock, a countdown, a text, a web page. */
export function PaneContent({ pane, serverMs, words, frames }: Props): ReactNode {
  const { kind, text = "", untilMs = 0, url = "" } = pane.content;
  switch (kind) {
    case "clock":
      return <Clock serverMs={serverMs} words={words} label={text} />;
    case "countdown": {
      const left = countdownWords(words, untilMs, serverMs);
      return (
        <div className={classes["content"]} data-over={left === null}>
          {text !== "" && <span className={classes["caption"]}>{text}</span>}
          {left === null ? (
            <strong className={classes["over"]}>
              <IconClockPause aria-hidden />
              {words.panes.countdownOver}
            </strong>
          ) : (
            <strong className={classes["time"]} data-long={left.length > 8}>
              {left}
            </strong>
          )}
        </div>
      );
    }
    case "text":
      return (
        <div className={classes["content"]}>
          <p className={classes["text"]} data-length={text.length > 120 ? "long" : text.length > 40 ? "middle" : "short"}>
            {text}
          </p>
        </div>
      );
    case "web":
      return frames === "live" ? <Page url={url} words={words} /> : <Placeholder url={url} words={words} />;
    default:
      return null;
  }
}

function Clock({ serverMs, words, label }: { readonly serverMs: number; readonly words: PaneWords; readonly label: string }): ReactNode {
  const locale = words.language === "zh" ? "zh-CN" : "en";
  const day = new Date(serverMs).toLocaleDateString(locale, { year: "numeric", month: "long", day: "numeric", weekday: "long" });
  return (
    <div className={classes["content"]}>
      {label !== "" && <span className={classes["caption"]}>{label}</span>}
      <strong className={classes["time"]}>{timeWords(serverMs)}</strong>
      <span className={classes["date"]}>{day}</span>
    </div>
  );
}

/** Scripts yes, for a map or a data panel; but no way to this page, to the top window, to new windows or to downloads. */
const SANDBOX = "allow-scripts allow-same-origin allow-forms";

function Page({ url, words }: { readonly url: string; readonly words: PaneWords }): ReactNode {
  // A page of this server could take itself out of its sandbox.
  if (originOf(url) === location.origin) return <Placeholder url={url} words={words} />;
  return (
    <iframe
      className={classes["page"]}
      src={url}
      title={words.panes.webOf(hostOf(url))}
      sandbox={SANDBOX}
      referrerPolicy="no-referrer"
      allow=""
      loading="eager"
      tabIndex={-1}
    />
  );
}

function Placeholder({ url, words }: { readonly url: string; readonly words: PaneWords }): ReactNode {
  return (
    <div className={classes["content"]}>
      <IconWorld className={classes["globe"]} aria-hidden />
      <span className={classes["caption"]}>{words.panes.webOf(hostOf(url))}</span>
    </div>
  );
}

function parsed(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}

const hostOf = (url: string): string => parsed(url)?.host ?? "";
const originOf = (url: string): string => parsed(url)?.origin ?? "";
