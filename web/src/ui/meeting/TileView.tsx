import { IconPin, IconPinnedOff } from "@tabler/icons-react";
import { memo, useEffect, useRef, type ReactNode } from "react";
import { OWN_CAMERA, type Meeting } from "../../app/meeting";
import { show, type Pictures } from "../../app/pictures";
import type { Rect } from "../../layout/grid";
import type { RoomView } from "../../model/room";
import type { Tile } from "../../model/tiles";
import { useText } from "../shared/text";
import { FeedBadge } from "./FeedBadge";
import { FeedCover } from "./FeedCover";
import { NamePlate } from "./NamePlate";
import { TileCover } from "./TileCover";
import { TileMenu } from "./TileMenu";
import classes from "./tile.module.css";
import { useFeed } from "./useFeed";

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
  readonly meeting: Meeting;
  readonly onPin: (tile: string | null) => void;
}

export const TileView = memo(function TileView(props: Props): ReactNode {
  const { tile, place, track, view, big, speaking, playing, pinned, pictures, onPin } = props;
  const text = useText();
  const { state: heard, feed, nowMs, stuckMs, ageMs, line } = useFeed(tile, view, playing, pictures);
  const state = tile.mine ? (track ? "picture" : "camera-off") : heard;
  const label = tile.kind === "screen" ? text.tile.screen(tile.who.name) : tile.mine ? text.tile.me(tile.who.name) : tile.who.name;
  const togglePin = (): void => {
    onPin(pinned ? null : tile.id);
  };
  return (
    <article
      className={classes["tile"]}
      aria-label={label}
      data-tile={tile.id}
      data-state={state}
      data-source-state={feed?.state}
      data-feed-age={ageMs === null ? undefined : Math.round(ageMs / 1000)}
      data-speaking={speaking}
      data-big={big}
      data-kind={tile.kind}
      data-small={place.width < 220}
      data-tiny={place.width < 130}
      style={{ transform: `translate(${String(place.x)}px, ${String(place.y)}px)`, width: place.width, height: place.height }}
      onDoubleClick={togglePin}
    >
      {track && (
        <Picture
          key={tile.mine ? OWN_CAMERA : tile.video?.id}
          name={tile.mine ? OWN_CAMERA : (tile.video?.id ?? "")}
          track={track}
          pictures={pictures}
          crop={tile.kind === "person"}
          mirror={tile.mine}
        />
      )}
      {feed && (state === "feed" || state === "stuck") ? (
        <FeedCover tile={tile} feed={feed} view={view} nowMs={nowMs} stuckMs={stuckMs} drawn={track !== null && playing} />
      ) : (
        <TileCover tile={tile} state={state === "feed" || state === "stuck" ? "no-signal" : state} />
      )}
      {feed && <FeedBadge feed={feed} state={state} />}
      <NamePlate tile={tile} label={label} speaking={speaking} figures={big ? line : null} />
      <TileActions {...props} label={label} togglePin={togglePin} />
    </article>
  );
});

interface ActionsProps extends Props {
  readonly label: string;
  readonly togglePin: () => void;
}

function TileActions({ tile, view, meeting, pinned, label, togglePin }: ActionsProps): ReactNode {
  const text = useText();
  const pinLabel = pinned ? text.tile.unpin : text.tile.pin;
  const host = view.people.get(view.you)?.role === "host";
  return (
    <div className={classes["actions"]}>
      <button
        type="button"
        className={classes["pin"]}
        aria-label={`${pinLabel}: ${label}`}
        aria-pressed={pinned}
        title={pinLabel}
        onClick={togglePin}
      >
        {pinned ? <IconPinnedOff size={20} /> : <IconPin size={20} />}
      </button>
      {host && tile.kind === "source" && (
        <TileMenu who={tile.who} meeting={meeting} className={classes["more"] ?? ""} pin={{ on: pinned, toggle: togglePin }} />
      )}
    </div>
  );
}

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
