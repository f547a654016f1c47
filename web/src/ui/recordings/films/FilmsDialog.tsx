import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import type { RecordingsApi } from "../../../app/recordings-api";
import type { RecordingSummary } from "../../../model/recording";
import { PHONE, useMedia } from "../../shared/hooks";
import { useText } from "../../shared/text";
import { FilmList } from "./FilmList";

interface Props {
  readonly about: RecordingSummary | null;
  readonly api: RecordingsApi;
  readonly onClose: () => void;
}

export function FilmsDialog({ about, api, onClose }: Props): ReactNode {
  const text = useText().recordings.films;
  const phone = useMedia(PHONE);
  return (
    // With others over it: a key closes only the topmost.
    <Modal.Stack>
      <Modal stackId="films" opened={about !== null} onClose={onClose} title={about ? text.titleOf(about.roomName) : ""} size="lg" fullScreen={phone}>
        {about && <FilmList key={about.id} recordings={api} recording={about.id} extent={extentOf(about)} running={about.state === "recording"} />}
      </Modal>
    </Modal.Stack>
  );
}

const extentOf = ({ startedAtMs, durationMs }: RecordingSummary): { fromMs: number; untilMs: number } => ({
  fromMs: startedAtMs,
  untilMs: startedAtMs + durationMs,
});
