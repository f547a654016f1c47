import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconCircleCheckFilled, IconDeviceTv, IconStack2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Scene } from "../../app/console-api";
import { clockWords } from "../shared/feedText";
import { useWords } from "../shared/text";
import { BoardPicture } from "./BoardPicture";
import { useDesk } from "./desk";
import { SceneMenu } from "./SceneMenu";
import classes from "./side.module.css";

/** A scene: its picture, whether it is on the wall, and putting it there. */
export function SceneCard({ scene }: { readonly scene: Scene }): ReactNode {
  const { text, language } = useWords();
  const words = text.console.scenes;
  const { wall, mayEdit, edit, nowMs } = useDesk();
  const here = wall?.scene === scene.id;
  const saved = scene.savedAtMs === null ? "" : clockWords(scene.savedAtMs, nowMs, language);
  return (
    <li className={classes["scene"]} data-scene={scene.name} data-here={here}>
      <BoardPicture board={scene.board} />
      <div className={classes["sceneBody"]}>
        <div className={classes["sceneHead"]}>
          <strong title={scene.name}>{scene.name}</strong>
          <SceneMenu scene={scene} />
        </div>
        <span className={classes["soft"]}>{words.by(words.version(scene.version), saved)}</span>
        {scene.savedBy !== "" && <span className={classes["soft"]}>{scene.savedBy}</span>}
        {here && (
          <span className={classes["here"]}>
            <IconCircleCheckFilled size={15} aria-hidden />
            {wall.sceneVersion === scene.version ? words.applied : words.older(wall.sceneVersion)}
          </span>
        )}
      </div>
      <Button.Group className={classes["apply"] ?? ""}>
        <Button
          fullWidth
          disabled={!wall || !mayEdit(wall)}
          onClick={() => {
            if (wall) edit(wall.id, { do: "apply", scene: scene.id });
          }}
          data-apply
        >
          {words.apply}
        </Button>
        <ApplyTo scene={scene} />
      </Button.Group>
    </li>
  );
}

/** The same scene on another wall, or on all of them. */
function ApplyTo({ scene }: { readonly scene: Scene }): ReactNode {
  const words = useWords().text.console.scenes;
  const { walls, mayEdit, edit } = useDesk();
  const free = walls.filter(mayEdit);
  if (walls.length < 2) return null;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button className={classes["applyTo"] ?? ""} px={10} aria-label={words.applyTo} title={words.applyTo} data-apply-to>
          <IconChevronDown size={18} aria-hidden />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconStack2 size={18} />}
          disabled={free.length === 0}
          onClick={() => {
            for (const one of free) edit(one.id, { do: "apply", scene: scene.id });
          }}
        >
          {words.applyAll}
        </Menu.Item>
        <Menu.Divider />
        {walls.map((one) => (
          <Menu.Item
            key={one.id}
            leftSection={<IconDeviceTv size={18} />}
            disabled={!mayEdit(one)}
            onClick={() => {
              edit(one.id, { do: "apply", scene: scene.id });
            }}
          >
            {one.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
