import { Button, Progress, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconPlugConnected } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { SourcesApi } from "../../app/sources-api";
import { isRtspAddress } from "../../model/push";
import type { TestResult } from "../../model/sources";
import { useSay } from "../home/useSay";
import { codecName, fpsWords } from "../shared/figures";
import { transcodingWords } from "../shared/feedText";
import { useText, useWords } from "../shared/text";
import { accessOf, sameAccess, type Fields } from "./form";
import classes from "./form.module.css";
import { useElapsedS } from "./useElapsed";

interface Props {
  readonly fields: Fields;
  readonly api: SourcesApi;
  readonly hasPassword: boolean;
  /** These fields reach a camera that can be used. */
  readonly onTested: (fields: Fields) => void;
}

type Outcome = { readonly fields: Fields } & ({ readonly result: TestResult } | { readonly refused: string });

const LONGEST_S = 8;

/** Tries the camera before it is saved, and tells in plain words what came of it. */
export function TestPanel({ fields, api, hasPassword, onTested }: Props): ReactNode {
  const text = useText().sources.test;
  const say = useSay();
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const unknownPassword = hasPassword && fields.password === "";
  const run = async (): Promise<void> => {
    setBusy(true);
    setOutcome(null);
    try {
      const result = await api.test(accessOf(fields, false));
      setOutcome({ fields, result });
      if (result.ok) onTested(fields);
    } catch (failure) {
      setOutcome({ fields, refused: say(failure) });
    }
    setBusy(false);
  };
  return (
    <div className={classes["test"]} data-test={busy ? "running" : outcome === null ? "none" : "done"}>
      <Button
        variant="light"
        size="md"
        fullWidth
        leftSection={<IconPlugConnected size={20} aria-hidden />}
        disabled={busy || unknownPassword || !isRtspAddress(fields.address)}
        onClick={() => void run()}
      >
        {outcome ? text.again : text.button}
      </Button>
      {unknownPassword && (
        <Text size="sm" c="dimmed">
          {text.needPassword}
        </Text>
      )}
      {busy && <Running />}
      <div aria-live="polite">
        {outcome && !sameAccess(outcome.fields, fields) && <Text size="sm">{text.changed}</Text>}
        {outcome && sameAccess(outcome.fields, fields) && <OutcomeView outcome={outcome} />}
      </div>
    </div>
  );
}

function Running(): ReactNode {
  const text = useText().sources.test;
  const seconds = useElapsedS();
  return (
    <div className={classes["running"]} role="status">
      <strong>{text.running}</strong>
      <span>{text.waiting(seconds)}</span>
      <Progress value={Math.min(100, (100 * seconds) / LONGEST_S)} animated aria-label={text.running} />
    </div>
  );
}

function OutcomeView({ outcome }: { readonly outcome: Outcome }): ReactNode {
  const { text, language } = useWords();
  const words = text.sources.test;
  if ("refused" in outcome) return <Verdict ok={false} title={words.failed} lines={[outcome.refused]} picture={null} />;
  const { result } = outcome;
  if (!result.ok) {
    const why = result.cause === null ? result.text?.[language] : text.feed.causes[result.cause];
    const lines = [why ?? text.feed.tile[result.state as "unreachable"]];
    return <Verdict ok={false} title={text.feed.states[result.state]} lines={lines} picture={null} />;
  }
  const { width, height, fps, videoCodec, audioCodec, transcoding } = result;
  const video = [videoCodec === "" ? words.none : codecName(videoCodec), width > 0 ? `${String(width)}×${String(height)}` : "", fps > 0 ? fpsWords(fps) : ""];
  const lines = [
    `${words.video} ${video.filter(Boolean).join(" · ")}`,
    `${words.audio} ${audioCodec === "" ? words.none : codecName(audioCodec)}`,
    transcoding.length === 0 ? words.direct : words.transcoded + transcodingWords(text, transcoding),
    words.took((result.tookMs / 1000).toFixed(1)),
  ];
  return <Verdict ok title={words.ok} lines={lines} picture={result.thumbnail} />;
}

interface VerdictProps {
  readonly ok: boolean;
  readonly title: string;
  readonly lines: readonly string[];
  readonly picture: string | null;
}

function Verdict({ ok, title, lines, picture }: VerdictProps): ReactNode {
  const text = useText().sources.test;
  return (
    <div className={classes["verdict"]} data-ok={ok}>
      {picture !== null && <img src={picture} alt={text.picture} />}
      <div>
        <strong>
          {ok ? <IconCircleCheck size={20} aria-hidden /> : <IconAlertTriangle size={20} aria-hidden />}
          {title}
        </strong>
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    </div>
  );
}
