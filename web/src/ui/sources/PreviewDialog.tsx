import { Modal } from "@mantine/core";
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { moves } from "../../model/feed";
import type { Source } from "../../model/sources";
import { figures } from "../shared/figures";
import { PHONE, useMedia } from "../shared/hooks";
import { useText, useWords } from "../shared/text";
import { useStuckMs } from "../shared/useStuckMs";
import { whyWords } from "./describe";
import classes from "./preview.module.css";
import { StatePill } from "./StatePill";
import { TranscodingBadge } from "./TranscodingBadge";
import { useLivePicture } from "./useLivePicture";
import type { Sources } from "./useSources";
import { useThumbnail } from "./useThumbnail";

interface Props {
  readonly source: Source | null;
  readonly sources: Sources;
  readonly onClose: () => void;
}

export function PreviewDialog({ source, sources, onClose }: Props): ReactNode {
  const text = useText().sources.preview;
  const phone = useMedia(PHONE);
  return (
    <Modal opened={source !== null} onClose={onClose} title={source ? text.title(source.name) : ""} size="xl" fullScreen={phone}>
      {source && <Preview key={source.id} source={source} sources={sources} />}
    </Modal>
  );
}

const STILL_MS = 1_000;

/** The picture as a viewer of its first room sees it, or a still each second where that is not possible. */
function Preview({ source, sources }: { readonly source: Source; readonly sources: Sources }): ReactNode {
  const { text, language } = useWords();
  const words = text.sources.preview;
  const video = useRef<HTMLVideoElement>(null);
  const live = useLivePicture(source.rooms[0] ?? null, source.id, sources);
  const [loaded, setLoaded] = useState(false);
  const drawn = loaded && live.phase === "live";
  const still = useThumbnail(sources.api, source.id, { wanted: !drawn, everyMs: STILL_MS, moving: moves(source.status.state) });
  const frames = useCallback(() => video.current?.getVideoPlaybackQuality().totalVideoFrames ?? null, []);
  const stuck = useStuckMs(drawn ? frames : null) !== null;
  useEffect(() => {
    if (video.current) video.current.srcObject = live.stream;
  }, [live.stream]);
  const moving = drawn && !stuck && moves(source.status.state);
  const instead = source.rooms.length === 0 ? words.noRoom : words.still;
  const waiting = drawn ? words.stopped : words.connecting;
  const note = moving ? words.live : live.phase === "failed" ? instead : waiting;
  const why = whyWords(text, source, language);
  return (
    <>
      <div className={classes["frame"]} data-preview={moving ? "live" : live.phase === "failed" ? "still" : drawn ? "stopped" : "connecting"}>
        {still !== null && !drawn && <img src={still} alt="" />}
        <video
          ref={video}
          autoPlay
          playsInline
          muted
          controls={drawn}
          data-drawn={drawn}
          data-old={drawn && !moving}
          onLoadedData={() => {
            setLoaded(true);
          }}
        />
        <span className={classes["note"]} role="status" data-live={moving}>
          {note}
        </span>
      </div>
      <div className={classes["under"]}>
        <StatePill state={source.status.state} />
        <TranscodingBadge reasons={source.status.transcoding} />
        {why !== null && <span>{why}</span>}
        {source.measured && moves(source.status.state) && <span className={classes["numbers"]}>{figures(source.measured).join(" · ")}</span>}
      </div>
    </>
  );
}
