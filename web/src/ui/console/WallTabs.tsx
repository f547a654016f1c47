import { IconLayoutGrid, IconRectangle, IconSpeakerphone } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useText } from "../shared/text";
import type { WallsMode } from "./Center";
import { useDesk } from "./desk";
import classes from "./desk.module.css";

interface Props {
  readonly mode: WallsMode;
  readonly onMode: (mode: WallsMode) => void;
}

/** Which wall is worked on; with several ones also the choice between one and all. */
export function WallTabs({ mode, onMode }: Props): ReactNode {
  const text = useText().console;
  const { walls, wall, selectWall } = useDesk();
  return (
    <div className={classes["tabs"]}>
      <div role="tablist" aria-label={text.walls.list} className={classes["tabList"]}>
        {walls.map((one) => (
          <button
            key={one.id}
            type="button"
            role="tab"
            aria-selected={one.id === wall?.id}
            className={classes["tab"]}
            data-wall-tab={one.id}
            onClick={() => {
              selectWall(one.id);
            }}
          >
            <span className={classes["dot"]} data-online={one.online} />
            <span className={classes["tabName"]}>{one.name}</span>
            {one.sharing && <IconSpeakerphone size={15} role="img" aria-label={text.bar.sharing} />}
            {!one.online && <span className={classes["offWord"]}>{text.walls.offline}</span>}
          </button>
        ))}
      </div>
      {walls.length > 1 && (
        <button
          type="button"
          className={classes["quiet"]}
          aria-pressed={mode === "all"}
          onClick={() => {
            onMode(mode === "all" ? "one" : "all");
          }}
          data-walls-mode={mode}
        >
          {mode === "all" ? <IconRectangle size={18} aria-hidden /> : <IconLayoutGrid size={18} aria-hidden />}
          {mode === "all" ? text.walls.single : text.walls.overview}
        </button>
      )}
    </div>
  );
}
