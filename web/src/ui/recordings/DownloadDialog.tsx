import { Button, Loader, Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload, IconFileZip } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { archiveUrl, downloadUrl, type RecordingsApi } from "../../app/recordings-api";
import type { RecordedTrack, Recording, RecordingSummary, Segment } from "../../model/recording";
import { useSay } from "../home/useSay";
import { codecName } from "../shared/figures";
import { PHONE, useMedia } from "../shared/hooks";
import { useText } from "../shared/text";
import { durationWords, nameOf, sizeWords, sourceWords } from "./describe";
import classes from "./library.module.css";
import { save } from "./save";

interface Props {
  readonly about: RecordingSummary | null;
  readonly api: RecordingsApi;
  readonly onClose: () => void;
}

export function DownloadDialog({ about, api, onClose }: Props): ReactNode {
  const text = useText().recordings.download;
  const phone = useMedia(PHONE);
  return (
    <Modal opened={about !== null} onClose={onClose} title={about ? text.title(about.roomName) : ""} size="lg" fullScreen={phone}>
      {about && <Files key={about.id} about={about} api={api} />}
    </Modal>
  );
}

/** Everything in one archive, or a file of one track. Each press takes a ticket of its own: they end after minutes. */
function Files({ about, api }: { readonly about: RecordingSummary; readonly api: RecordingsApi }): ReactNode {
  const text = useText().recordings.download;
  const say = useSay();
  const [recording, setRecording] = useState<Recording | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    let current = true;
    api.get(about.id).then(
      (found) => {
        if (current) setRecording(found);
      },
      (reason: unknown) => {
        if (current) setFailure(reason);
      },
    );
    return () => {
      current = false;
    };
  }, [api, about.id]);
  const fetchBy = (urlOf: (ticket: string) => string): void => {
    api.ticket(about.id).then(
      ({ ticket }) => {
        save(urlOf(ticket));
      },
      (reason: unknown) => notifications.show({ message: say(reason), color: "red" }),
    );
  };
  if (failure !== null) return <Text c="red">{say(failure)}</Text>;
  if (!recording) return <Loader />;
  const files = recording.all.filter((track) => track.segments.length > 0);
  if (files.length === 0) return <Text c="dimmed">{text.none}</Text>;
  return (
    <div className={classes["question"]}>
      <Button size="md" leftSection={<IconFileZip size={20} aria-hidden />} onClick={() => { fetchBy((ticket) => archiveUrl(about.id, ticket)); }}>
        {`${text.archive} · ${sizeWords(recording.bytes)}`}
      </Button>
      <Text size="sm" c="dimmed">
        {text.archiveHint}
      </Text>
      <Text fw={600}>{text.tracks}</Text>
      <ul className={classes["files"]}>
        {files.flatMap((track) =>
          track.segments.map((segment, index) => (
            <FileRow
              key={segment.id}
              track={track}
              segment={segment}
              number={track.segments.length > 1 ? index + 1 : null}
              onSave={() => {
                fetchBy((ticket) => downloadUrl(about.id, segment.id, ticket));
              }}
            />
          )),
        )}
      </ul>
    </div>
  );
}

interface FileProps {
  readonly track: RecordedTrack;
  readonly segment: Segment;
  /** Null: the only file of its track. */
  readonly number: number | null;
  readonly onSave: () => void;
}

function FileRow({ track, segment, number, onSave }: FileProps): ReactNode {
  const text = useText();
  const words = text.recordings.download;
  const title = [nameOf(text, track), sourceWords(text, track), ...(number === null ? [] : [words.part(number)])].join(" · ");
  const size = segment.width > 0 ? `${String(segment.width)}×${String(segment.height)}` : "";
  const facts = [codecName(segment.codec), size, durationWords(text, segment.untilMs - segment.fromMs), sizeWords(segment.bytes)];
  return (
    <li>
      <span>
        <strong>{title}</strong>
        <span className={classes["soft"]}>{facts.filter(Boolean).join(" · ")}</span>
      </span>
      <button type="button" className={classes["more"]} aria-label={words.saveOf(title)} title={words.saveOf(title)} onClick={onSave}>
        <IconDownload size={20} />
      </button>
    </li>
  );
}
