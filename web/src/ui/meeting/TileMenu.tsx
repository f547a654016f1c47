import { Menu } from "@mantine/core";
import { IconDots, IconPin, IconPinnedOff, IconUserMinus, IconVideo, IconVideoOff, IconVolume, IconVolumeOff } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Meeting } from "../../app/meeting";
import { trackOf } from "../../model/room";
import type { Participant, Track } from "../../protocol/generated";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { useText } from "../shared/text";
import toolbar from "./toolbar.module.css";

interface Props {
  readonly who: Participant;
  readonly meeting: Pick<Meeting, "block" | "remove">;
  readonly className: string;
  /** Null where pinning is offered elsewhere. */
  readonly pin: { readonly on: boolean; readonly toggle: () => void } | null;
}

/** What a host may do to a source: hold back its picture or sound, take it out of the room. */
export function TileMenu({ who, meeting, className, pin }: Props): ReactNode {
  const text = useText();
  const [removing, setRemoving] = useState<Participant | null>(null);
  const picture = trackOf(who, "camera");
  const sound = trackOf(who, "microphone");
  const label = `${text.people.actions}: ${who.name}`;
  const still = (event: { stopPropagation: () => void }): void => {
    event.stopPropagation();
  };
  return (
    <span onDoubleClick={still}>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <button type="button" className={className} aria-label={label} title={text.people.actions} data-menu={who.id}>
            <IconDots size={20} />
          </button>
        </Menu.Target>
        <Menu.Dropdown className={toolbar["menu"] ?? ""}>
          {pin && (
            <Menu.Item leftSection={pin.on ? <IconPinnedOff size={20} /> : <IconPin size={20} />} onClick={pin.toggle}>
              {pin.on ? text.tile.unpin : text.tile.pin}
            </Menu.Item>
          )}
          {picture && <Hold track={picture} meeting={meeting} />}
          {sound && <Hold track={sound} meeting={meeting} />}
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<IconUserMinus size={20} />}
            onClick={() => {
              setRemoving(who);
            }}
          >
            {text.people.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog
        about={removing}
        title={(one) => text.people.removeTitle(one.name)}
        question={text.people.removeSourceText}
        confirm={text.people.removeConfirm}
        onCancel={() => {
          setRemoving(null);
        }}
        onConfirm={(one) => {
          meeting.remove(one.id);
          setRemoving(null);
        }}
      />
    </span>
  );
}

function Hold({ track, meeting }: { readonly track: Track; readonly meeting: Pick<Meeting, "block"> }): ReactNode {
  const { people } = useText();
  const video = track.kind === "video";
  const Icon = video ? (track.blocked ? IconVideo : IconVideoOff) : track.blocked ? IconVolume : IconVolumeOff;
  const words = video
    ? track.blocked ? people.releasePicture : people.holdPicture
    : track.blocked ? people.releaseSound : people.holdSound;
  return (
    <Menu.Item
      leftSection={<Icon size={20} />}
      data-hold={track.source}
      onClick={() => {
        meeting.block(track.id, !track.blocked);
      }}
    >
      {words}
    </Menu.Item>
  );
}
