import { Button, Loader, Title } from "@mantine/core";
import { IconArrowLeft, IconDownload, IconLock } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Admin } from "../../app/api";
import { LIBRARY } from "../../app/recordings-place";
import { useSay } from "../home/useSay";
import { PHONE, useMedia } from "../shared/hooks";
import { useText, useWords } from "../shared/text";
import { dayWords } from "./describe";
import { DownloadDialog } from "./DownloadDialog";
import classes from "./player.module.css";
import { PlayerView } from "./PlayerView";
import { StatePill } from "./RecordingRow";
import { goTo } from "./usePlace";
import { usePlayer, type Opening } from "./usePlayer";

interface Props {
  readonly id: string;
  readonly admin: Admin;
  readonly onRefused: () => void;
}

/** One recording, opened. */
export function PlayerPage({ id, admin, onRefused }: Props): ReactNode {
  const phone = useMedia(PHONE);
  const opening = usePlayer(admin, id, phone, onRefused);
  const { opened } = opening;
  const text = useText().recordings.player;
  const empty = opened?.timeline.lanes.every((lane) => lane.parts.length === 0) ?? false;
  return (
    <div className={classes["page"]}>
      <Head opening={opening} />
      {!opened && <Blank opening={opening} />}
      {opened && empty && <p className={classes["blank"]}>{text.empty}</p>}
      {opened && !empty && <PlayerView opened={opened} api={opening.api} phone={phone} />}
    </div>
  );
}

function Head({ opening: { api, opened } }: { readonly opening: Opening }): ReactNode {
  const { text, language } = useWords();
  const words = text.recordings;
  const [downloads, setDownloads] = useState(false);
  return (
    <header className={classes["head"]}>
      <button
        type="button"
        className={classes["icon"]}
        aria-label={words.player.back}
        title={words.player.back}
        onClick={() => {
          goTo(LIBRARY);
        }}
      >
        <IconArrowLeft size={22} />
      </button>
      {opened && (
        <>
          <Title order={1} size="h4" className={classes["name"] ?? ""}>
            {opened.recording.roomName || opened.recording.room}
          </Title>
          <span className={classes["when"]}>{dayWords(language, opened.recording.startedAtMs)}</span>
          <StatePill state={opened.recording.state} />
          {opened.recording.legalHold && <IconLock size={18} role="img" aria-label={words.held} />}
          <Button
            className={classes["save"] ?? ""}
            variant="default"
            size="md"
            aria-label={words.actions.download}
            onClick={() => {
              setDownloads(true);
            }}
          >
            <IconDownload size={18} aria-hidden />
            <span className={classes["saveWord"]}>{words.actions.download}</span>
          </Button>
          <DownloadDialog
            about={downloads ? opened.recording : null}
            api={api}
            onClose={() => {
              setDownloads(false);
            }}
          />
        </>
      )}
    </header>
  );
}

function Blank({ opening: { failure, retry } }: { readonly opening: Opening }): ReactNode {
  const text = useText();
  const say = useSay();
  const words = text.recordings.player;
  if (failure === null) {
    return (
      <div className={classes["blank"]} role="status">
        <Loader />
        <p>{words.opening}</p>
      </div>
    );
  }
  return (
    <div className={classes["blank"]} role="alert">
      <strong>{words.failed}</strong>
      <p>{say(failure)}</p>
      <Button size="md" onClick={retry}>
        {text.common.retry}
      </Button>
    </div>
  );
}
