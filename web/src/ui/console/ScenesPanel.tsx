import { Button, FileButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDeviceFloppy, IconUpload } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { readExported } from "../../app/console-read";
import { foreignSites } from "../../model/walls";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { NameDialog } from "./NameDialog";
import { SceneCard } from "./SceneCard";
import classes from "./side.module.css";
import { useAttempt } from "./useAttempt";

/** An exported scene is small; a file beyond this is something else. */
const MOST_BYTES = 256 * 1024;

async function readFile(file: File): Promise<ReturnType<typeof readExported>> {
  if (file.size > MOST_BYTES) return null;
  try {
    return readExported(JSON.parse(await file.text()));
  } catch {
    return null;
  }
}

/** Boards saved by name: put on walls, made from what a wall shows, taken in from a file. */
export function ScenesPanel(): ReactNode {
  const text = useText().console.scenes;
  const { api, wall, library } = useDesk();
  const attempt = useAttempt();
  const [saving, setSaving] = useState(false);
  return (
    <>
      <div className={classes["actions"]}>
        <Button
          size="md"
          px="sm"
          leftSection={<IconDeviceFloppy size={20} aria-hidden />}
          disabled={!wall}
          onClick={() => {
            setSaving(true);
          }}
          data-save-scene
        >
          {text.save}
        </Button>
        <Import />
      </div>
      {library.scenes?.length === 0 && (
        <p className={classes["none"]}>
          <strong>{text.none}</strong>
          {text.noneHint}
        </p>
      )}
      <ul className={classes["list"]} data-scenes>
        {library.scenes?.map((scene) => (
          <SceneCard key={scene.id} scene={scene} />
        ))}
      </ul>
      {saving && wall && (
        <NameDialog
          title={text.saveTitle(wall.name)}
          initial=""
          placeholder={text.namePlaceholder}
          onCancel={() => {
            setSaving(false);
          }}
          onSave={async (name) => {
            const done = await attempt(() => api.saveScene(name, wall));
            if (!done) return;
            notifications.show({ message: text.saved(name), color: "teal" });
            setSaving(false);
          }}
        />
      )}
    </>
  );
}

/** Takes in a scene from an exported file. */
function Import(): ReactNode {
  const text = useText().console.scenes;
  const { api, library } = useDesk();
  const attempt = useAttempt();
  const refuse = (message: string): void => {
    notifications.show({ message, color: "red", autoClose: 10_000 });
  };
  const take = async (file: File | null): Promise<void> => {
    if (!file) return;
    const content = await readFile(file);
    if (content === null) {
      refuse(text.importBad);
      return;
    }
    const foreign = foreignSites(content.board, library.displays?.webAllow ?? []);
    if (foreign.length > 0) {
      refuse(text.importForeign(foreign.join(" ")));
      return;
    }
    await attempt(async () => {
      const scene = await api.importScene(content);
      notifications.show({ message: text.imported(scene.name), color: "teal" });
    });
  };
  return (
    <FileButton accept="application/json,.json" onChange={(file) => void take(file)}>
      {(props) => (
        <Button {...props} size="md" px="sm" variant="default" data-import-scene leftSection={<IconUpload size={18} aria-hidden />}>
          {text.import}
        </Button>
      )}
    </FileButton>
  );
}
