import { Menu } from "@mantine/core";
import { IconGauge, IconLayoutSidebarRight, IconMaximize, IconPlayerPauseFilled, IconPlayerPlayFilled, IconPlayerTrackNext, IconRewindBackward10, IconRewindForward10 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { PlayerView } from "../../player/conductor";
import type { ElementDeck } from "../../player/deck";
import { useFullscreen } from "../shared/hooks";
import { useText, useWords } from "../shared/text";
import { clockWords, timeWords } from "./describe";
import classes from "./player.module.css";
import { Scrubber } from "./Scrubber";
import type { Opened } from "./usePlayer";
import { RATES, togglePlay } from "./usePlayerKeys";
import { usePositionMs } from "./useScene";

interface Props {
  readonly opened: Opened;
  readonly view: PlayerView<ElementDeck>;
  readonly side: boolean;
  readonly onSide: () => void;
}

const JUMP_MS = 10_000;
/** Where a recording that still runs is watched: closer to its end there is nothing yet. */
const BEHIND_MS = 5_000;

export function Controls({ opened, view, side, onSide }: Props): ReactNode {
  const { player, timeline, recording } = opened;
  const text = useText().recordings.player;
  const fullscreen = useFullscreen();
  const move = (byMs: number) => () => {
    player.seek(player.position.get() + byMs);
  };
  const play = view.playing ? text.pause : text.play;
  return (
    <div className={classes["controls"]}>
      <Scrubber opened={opened} />
      <div className={classes["buttons"]}>
        <Key label={text.backward} onClick={move(-JUMP_MS)} icon={<IconRewindBackward10 size={22} />} />
        <button
          type="button"
          className={classes["main"]}
          aria-label={play}
          title={`${play} · ${text.keys}`}
          onClick={() => {
            togglePlay(player);
          }}
        >
          {view.playing ? <IconPlayerPauseFilled size={24} /> : <IconPlayerPlayFilled size={24} />}
        </button>
        <Key label={text.forward} onClick={move(JUMP_MS)} icon={<IconRewindForward10 size={22} />} />
        <Clock opened={opened} />
        {recording.state === "recording" && (
          <Key
            label={text.live}
            icon={<IconPlayerTrackNext size={22} />}
            onClick={() => {
              player.seek(timeline.untilMs - BEHIND_MS);
            }}
          />
        )}
        <span className={classes["spring"]} />
        <Rate opened={opened} rate={view.rate} />
        {fullscreen.possible && <Key label={text.fullscreen} onClick={fullscreen.toggle} icon={<IconMaximize size={22} />} />}
        <Key label={text.sidebar} onClick={onSide} pressed={side} icon={<IconLayoutSidebarRight size={22} />} />
      </div>
    </div>
  );
}

interface KeyProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly onClick: () => void;
  readonly pressed?: boolean;
}

function Key({ label, icon, onClick, pressed }: KeyProps): ReactNode {
  return (
    <button type="button" className={classes["icon"]} aria-label={label} title={label} aria-pressed={pressed} onClick={onClick}>
      {icon}
    </button>
  );
}

function Clock({ opened: { player, timeline } }: { readonly opened: Opened }): ReactNode {
  const { language } = useWords();
  const atMs = usePositionMs(player, 250);
  const length = clockWords(timeline.untilMs - timeline.fromMs);
  return (
    <span className={classes["clock"]}>
      <b>{clockWords(atMs - timeline.fromMs)}</b>
      {` / ${length}`}
      <small>{timeWords(language, atMs)}</small>
    </span>
  );
}

function Rate({ opened: { player }, rate }: { readonly opened: Opened; readonly rate: number }): ReactNode {
  const text = useText().recordings.player;
  return (
    <Menu position="top-end" withinPortal>
      <Menu.Target>
        <button type="button" className={classes["rate"]} aria-label={`${text.rate}: ${String(rate)}×`} title={text.rate}>
          <IconGauge size={20} aria-hidden />
          {`${String(rate)}×`}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {RATES.map((one) => (
          <Menu.Item
            key={one}
            fw={one === rate ? 700 : 400}
            onClick={() => {
              player.setRate(one);
            }}
          >
            {`${String(one)}×`}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
