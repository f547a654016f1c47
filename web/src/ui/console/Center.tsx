import { Button } from "@mantine/core";
import { IconDeviceTv, IconPlus } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./desk.module.css";
import { LayoutEditor } from "./LayoutEditor";
import { PairDialog } from "./PairDialog";
import { WallBar } from "./WallBar";
import { WallMini } from "./WallMini";
import { WallTabs } from "./WallTabs";

export type WallsMode = "one" | "all";

/** The wall that is worked on, large, with the others beside it; or all of them alike. */
export function Center(): ReactNode {
  const { walls, wall } = useDesk();
  const [mode, setMode] = useState<WallsMode>("one");
  const [drawing, setDrawing] = useState<string | null>(null);
  if (!wall) return <NoWall />;
  if (drawing === wall.id) {
    return (
      <LayoutEditor
        key={wall.id}
        wall={wall}
        onClose={() => {
          setDrawing(null);
        }}
      />
    );
  }
  const all = mode === "all" && walls.length > 1;
  const others = walls.filter((one) => one.id !== wall.id);
  return (
    <main className={classes["center"]}>
      <WallTabs mode={all ? "all" : "one"} onMode={setMode} />
      <WallBar
        wall={wall}
        onDraw={() => {
          setDrawing(wall.id);
        }}
      />
      {all ? (
        <div className={classes["all"]} data-count={Math.min(walls.length, 9)}>
          {walls.map((one) => (
            <WallMini key={one.id} wall={one} size="middle" />
          ))}
        </div>
      ) : (
        <>
          <WallMini key={wall.id} wall={wall} size="large" />
          {others.length > 0 && (
            <div className={classes["strip"]}>
              {others.map((one) => (
                <WallMini key={one.id} wall={one} size="small" />
              ))}
            </div>
          )}
        </>
      )}
    </main>
  );
}

function NoWall(): ReactNode {
  const text = useText().console;
  const [pairing, setPairing] = useState(false);
  return (
    <main className={classes["center"]}>
      <div className={classes["noWall"]} data-no-wall>
        <IconDeviceTv size={56} stroke={1.2} aria-hidden />
        <h2>{text.walls.none}</h2>
        <p>{text.walls.noneHint}</p>
        <Button
          size="md"
          leftSection={<IconPlus size={20} aria-hidden />}
          onClick={() => {
            setPairing(true);
          }}
        >
          {text.displays.pair}
        </Button>
      </div>
      <PairDialog
        opened={pairing}
        onClose={() => {
          setPairing(false);
        }}
      />
    </main>
  );
}
