import {
  IconDeviceTv,
  IconMicrophone,
  IconMicrophoneOff,
  IconScreenShare,
  IconUserMinus,
  IconVideo,
  IconVideoOff,
  IconWaveSine,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { screenOf, trackOf } from "../../model/room";
import { initials, tintOf } from "../../model/tiles";
import type { Participant } from "../../protocol/generated";
import { useText } from "../shared/text";
import classes from "./side.module.css";

interface Props {
  readonly who: Participant;
  readonly mine: boolean;
  readonly speaking: boolean;
  /** Null: this page's person may not. */
  readonly onRemove: ((who: Participant) => void) | null;
}

export function PersonRow({ who, mine, speaking, onRemove }: Props): ReactNode {
  const text = useText();
  const remove = `${text.people.remove}: ${who.name}`;
  return (
    <li className={classes["row"]} data-participant={who.id}>
      <span className={classes["face"]} {...(who.kind === "wall" ? { "data-source": true } : { "data-tint": tintOf(who.id) })} aria-hidden>
        {who.kind === "wall" ? <IconDeviceTv size={20} /> : initials(who.name)}
      </span>
      <span className={classes["who"]}>
        <span className={classes["name"]}>{mine ? text.tile.me(who.name) : who.name}</span>
        <span className={classes["under"]} data-away={who.presence === "reconnecting"}>
          {who.presence === "reconnecting" ? text.people.away : who.kind === "wall" ? text.console.display : text.roles[who.role]}
        </span>
      </span>
      {who.kind === "person" && <States who={who} speaking={speaking} />}
      {onRemove && (
        <button
          type="button"
          className={classes["remove"]}
          aria-label={remove}
          title={text.people.remove}
          onClick={() => {
            onRemove(who);
          }}
        >
          <IconUserMinus size={20} />
        </button>
      )}
    </li>
  );
}

function States({ who, speaking }: { readonly who: Participant; readonly speaking: boolean }): ReactNode {
  const text = useText();
  const microphone = trackOf(who, "microphone");
  const camera = trackOf(who, "camera");
  const heard = microphone !== null && !microphone.muted;
  const seen = camera !== null && !camera.muted;
  const size = 18;
  return (
    <span className={classes["states"]}>
      {screenOf(who) && <IconScreenShare size={size} role="img" aria-label={text.people.shares} />}
      {heard && speaking && <IconWaveSine size={size} className={classes["speaking"]} role="img" aria-label={text.tile.speaking} />}
      {heard && !speaking && <IconMicrophone size={size} role="img" aria-label={text.people.micOn} />}
      {!heard && <IconMicrophoneOff size={size} className={classes["off"]} role="img" aria-label={text.people.micOff} />}
      {seen && <IconVideo size={size} role="img" aria-label={text.people.cameraOn} />}
      {!seen && <IconVideoOff size={size} className={classes["off"]} role="img" aria-label={text.people.cameraOff} />}
    </span>
  );
}
