import { IconPin, IconPinnedOff } from "@tabler/icons-react";
import { memo, useEffect, useRef, type ReactNode } from "react";
import { OWN_CAMERA } from "../../app/meeting";
import { show, type Pictures } from "../../app/pictures";
import type { Rect } from "../../layout/grid";
import type { RoomView } from "../../model/room";
import { stateOf, type Tile } from "../../model/tiles";
import { useText } from "../shared/text";
import { NamePlate } from "./NamePlate";
import { TileCover } from "./TileCover";
import classes from "./tile.module.css";

interface Props {
  readonly tile: Tile;
  readonly place: Rect;
  readonly track: MediaStreamTrack | null;
  readonly view: RoomView;
  readonly big: boolean;
  readonly speaking: boolean;
  readonly playing: boolean;
  readonly pinned: boolean;
  readonly pictures: Pictures;
  readonly onPin: (tile: string | null) => void;
}

export const TileView = memo(function TileView(props: Props): ReactNode {
  const { tile, place, track, view, big, speaking, playing, pinned, pictures, onPin } = props;
  const text = useText();
  const state = tile.mine ? (track ? "picture" : "camera-off") : stateOf(tile, view, playing);
  const crop = tile.kind === "person";
  const pinLabel = pinned ? text.tile.unpin : text.tile.pin;
  const label = tile.kind === "screen" ? text.tile.screen(tile.who.name) : tile.mine ? text.tile.me(tile.who.name) : tile.who.name;
  return (
    <article
      className={classes["tile"]}
      aria-label={label}
      data-tile={tile.id}
      data-state={state}
      data-speaking={speaking}
      data-big={big}
      data-kind={tile.kind}
      data-small={place.width < 220}
      data-tiny={place.width < 130}
      style={{ transform: `translate(${String(place.x)}px, ${String(place.y)}px)`, width: place.width, height: place.height }}
      onDoubleClick={() => {
        onPin(pinned ? null : tile.id);
      }}
    >
      {track && (
        <Picture
          key={tile.mine ? OWN_CAMERA : tile.video?.id}
          name={tile.mine ? OWN_CAMERA : (tile.video?.id ?? "")}
          track={track}
          pictures={pictures}
          crop={crop}
          mirror={tile.mine}
        />
      )}
      <TileCover tile={tile} state={state} />
      <NamePlate tile={tile} label={label} speaking={speaking} />
      <button
        type="button"
        className={classes["pin"]}
        aria-label={`${pinLabel}: ${label}`}
        aria-pressed={pinned}
        title={pinLabel}
        onClick={() => {
          onPin(pinned ? null : tile.id);
        }}
      >
        {pinned ? <IconPinnedOff size={20} /> : <IconPin size={20} />}
      </button>
    </article>
  );
});

interface PictureProps {
  readonly name: string;
  readonly track: MediaStreamTrack;
  readonly pictures: Pictures;
  readonly crop: boolean;
  readonly mirror: boolean;
}

function Picture({ name, track, pictures, crop, mirror }: PictureProps): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => (host.current ? show(pictures.get(name, track), host.current) : undefined), [pictures, name, track]);
  return <div ref={host} className={classes["picture"]} data-crop={crop} data-mirror={mirror} />;
}
