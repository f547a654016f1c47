import {
  IconAntennaBars1,
  IconAntennaBars2,
  IconAntennaBars3,
  IconAntennaBars4,
  IconAntennaBars5,
  IconDeviceCctv,
  IconMicrophoneOff,
  IconScreenShare,
  IconVolumeOff,
  IconWaveSine,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Tile } from "../../model/tiles";
import { useText } from "../shared/text";
import classes from "./tile.module.css";

const BARS = [IconAntennaBars1, IconAntennaBars1, IconAntennaBars2, IconAntennaBars4, IconAntennaBars5] as const;

interface Props {
  readonly tile: Tile;
  readonly label: string;
  readonly speaking: boolean;
  /** Measured values of a big source tile, or null. */
  readonly figures: string | null;
}

/** Name, microphone, kind and network of a tile. Every state has a shape and a word, never only a colour. */
export function NamePlate({ tile, label, speaking, figures }: Props): ReactNode {
  const text = useText();
  const muted = tile.kind === "person" && (!tile.audio || tile.audio.muted);
  const held = tile.kind === "source" && tile.audio?.blocked === true;
  const quality = Math.min(4, Math.max(0, tile.who.quality));
  const Bars = BARS[quality] ?? IconAntennaBars3;
  const qualityWord = text.tile.quality[quality] ?? text.tile.quality[0] ?? "";
  return (
    <>
      <div className={classes["plate"]}>
        {muted && <IconMicrophoneOff className={classes["mutedIcon"]} size={16} role="img" aria-label={text.tile.muted} />}
        {held && <IconVolumeOff className={classes["mutedIcon"]} size={16} role="img" aria-label={text.feed.soundHeld} />}
        {!muted && !held && speaking && (
          <IconWaveSine className={classes["speakingIcon"]} size={16} role="img" aria-label={text.tile.speaking} />
        )}
        {tile.kind === "screen" && <IconScreenShare size={16} aria-hidden />}
        <span className={classes["name"]}>{label}</span>
        {figures !== null && <span className={classes["figures"]}>{figures}</span>}
        {tile.kind !== "screen" && quality > 0 && (
          <span className={classes["quality"]} data-quality={quality} title={qualityWord}>
            <Bars size={20} role="img" aria-label={qualityWord} />
          </span>
        )}
      </div>
      {tile.kind === "encoder" && (
        <span className={classes["kind"]} data-alone>
          <IconDeviceCctv size={16} role="img" aria-label={text.tile.encoder} />
          <span className={classes["kindWord"]}>{text.tile.encoder}</span>
        </span>
      )}
    </>
  );
}
