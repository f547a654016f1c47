import { useEffect, useRef, type ReactNode } from "react";
import type { TruthBoard } from "./board";
import classes from "./panes.module.css";
import { PictureStack } from "./stack";

interface Props {
  readonly pane: number;
  /** The track to be seen now, and the one that comes next; null: none. */
  readonly front: string | null;
  readonly next: string | null;
  readonly media: ReadonlyMap<string, MediaStreamTrack>;
  /** The track whose picture stands here, as told by `onShown`. */
  readonly shown: string | null;
  readonly onShown: (shown: string | null) => void;
  /** What stands here is no picture of this moment. */
  readonly dim: boolean;
  readonly board: TruthBoard;
}

/** The place of a pane's videos, which a PictureStack puts into it. */
export function PanePicture({ pane, front, next, media, shown, onShown, dim, board }: Props): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const stack = useRef<PictureStack | null>(null);
  useEffect(() => {
    if (!host.current) return undefined;
    const made = new PictureStack(host.current, () => {
      onShown(made.shown);
      board.look();
    });
    stack.current = made;
    const unregister = board.register(pane, made);
    return () => {
      unregister();
      stack.current = null;
      made.close();
    };
  }, [board, pane, onShown]);
  const frontTrack = front === null ? null : (media.get(front) ?? null);
  const nextTrack = next === null ? null : (media.get(next) ?? null);
  useEffect(() => {
    stack.current?.set(
      front === null ? null : { key: front, track: frontTrack },
      next === null ? null : { key: next, track: nextTrack },
    );
  }, [front, frontTrack, next, nextTrack]);
  // A picture held for the first frame of the next is let stand as it was: dimming it would be the flash to avoid.
  return <div ref={host} className={classes["picture"]} data-dim={dim && shown === front} />;
}
