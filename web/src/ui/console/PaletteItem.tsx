import { IconLock, IconScreenShare, IconVideoOff } from "@tabler/icons-react";
import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import { toneOf } from "../../model/feed";
import { initials, tintOf } from "../../model/tiles";
import type { Feedable } from "../../model/walls";
import { KindIcon, StateIcon } from "../shared/FeedIcon";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { useCarrier, type Cargo } from "./drag";
import classes from "./palette.module.css";
import { Thumb } from "./Thumb";
import { usePlace } from "./usePlace";

/** Device pixels of a small live picture. */
const THUMB = { width: 240, height: 135, priority: 20 } as const;

/** Somebody's picture, to be carried onto a pane; a tap puts it into the chosen one. */
export function PaletteItem({ item }: { readonly item: Feedable }): ReactNode {
  const text = useText();
  const { state, walls } = useDesk();
  const carrier = useCarrier();
  const place = usePlace();
  const ref = useRef<HTMLLIElement>(null);
  const { who, content, track, kind } = item;
  const seen = useSeen(ref);
  useThumbWish(`thumb/${item.key}`, seen ? track : null);
  const media = track === null ? undefined : state.media.get(track);
  const moving = who.tracks.find((one) => one.id === track);
  const live = media && moving && !moving.muted && moving.receiving;
  const name = kind === "screen" ? text.tile.screen(who.name) : who.name;
  const cargo: Cargo = { label: name, content, track, from: null };
  const on = walls.filter((wall) => wall.panes.some((pane) => pane.shows === who.id && pane.screen === (kind === "screen"))).length;
  return (
    <li ref={ref}>
      <button
        type="button"
        className={classes["item"]}
        aria-label={place ? text.console.palette.place(name) : name}
        data-item={item.key}
        data-identity={content.identity}
        onPointerDown={(event) => {
          carrier.begin(event, item.key, cargo, { once: () => place?.(content) });
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") place?.(content);
        }}
      >
        <span className={classes["frame"]} data-tint={tintOf(who.id)}>
          {live ? <Thumb track={media} /> : <Still item={item} />}
          {on > 0 && <span className={classes["onWall"]} />}
        </span>
        <span className={classes["name"]}>
          {who.feed && (
            <span className={classes["state"]} data-tone={toneOf(who.feed.state)} title={text.feed.states[who.feed.state]}>
              <StateIcon state={who.feed.state} size={14} />
            </span>
          )}
          {who.audience === "hosts" && <IconLock size={14} role="img" aria-label={text.console.palette.hostsOnly} />}
          <span className={classes["nameWord"]}>{name}</span>
        </span>
      </button>
    </li>
  );
}

function Still({ item: { who, kind } }: { readonly item: Feedable }): ReactNode {
  const text = useText().console.palette;
  return (
    <>
      {kind === "screen" ? <IconScreenShare size={26} aria-hidden /> : who.feed ? <KindIcon kind={who.feed.kind} size={26} /> : <span className={classes["face"]}>{initials(who.name)}</span>}
      <span className={classes["noVideo"]}>
        <IconVideoOff size={13} aria-hidden />
        {text.noVideo}
      </span>
    </>
  );
}

/** Whether it stands in the seen part of its list. */
function useSeen(ref: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new IntersectionObserver(([entry]) => {
      setSeen(entry?.isIntersecting ?? false);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [ref]);
  return seen;
}

function useThumbWish(key: string, track: string | null): void {
  const { wishes } = useDesk();
  useEffect(() => {
    if (track === null) return undefined;
    wishes.set(key, new Map([[track, THUMB]]));
    return () => {
      wishes.drop(key);
    };
  }, [wishes, key, track]);
}
