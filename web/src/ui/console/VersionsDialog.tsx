import { Badge, Button, Loader, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useState, type ReactNode } from "react";
import type { Scene, SceneVersion } from "../../app/console-api";
import { clockWords } from "../shared/feedText";
import { useWords } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./side.module.css";
import { useAttempt } from "./useAttempt";

interface Props {
  readonly scene: Scene;
  readonly onClose: () => void;
}

/** What a scene was before; an old version that is restored becomes a new one. */
export function VersionsDialog({ scene, onClose }: Props): ReactNode {
  const { text, language } = useWords();
  const words = text.console.scenes;
  const { api, nowMs } = useDesk();
  const attempt = useAttempt();
  const [versions, setVersions] = useState<readonly SceneVersion[] | null>(null);
  useEffect(() => {
    let current = true;
    api.versions(scene.id).then(
      (all) => {
        if (current) setVersions(all);
      },
      () => {
        if (current) setVersions([]);
      },
    );
    return () => {
      current = false;
    };
  }, [api, scene.id, scene.version]);
  const restore = async (version: number): Promise<void> => {
    const done = await attempt(async () => api.changeScene(scene, await api.boardOf(scene.id, version)));
    if (done) notifications.show({ message: words.restored(version), color: "teal" });
  };
  return (
    <Modal opened onClose={onClose} title={words.versionsTitle(scene.name)}>
      {versions === null && <Loader />}
      <ul className={classes["rows"]}>
        {versions?.map(({ version, savedAtMs, savedBy }) => (
          <li key={version} className={classes["row"]}>
            <span className={classes["rowWords"]}>
              <strong>{words.version(version)}</strong>
              <span className={classes["soft"]}>{savedAtMs === null ? savedBy : words.by(savedBy, clockWords(savedAtMs, nowMs, language))}</span>
            </span>
            {version === scene.version ? (
              <Badge variant="light" tt="none">
                {words.current}
              </Badge>
            ) : (
              <Button variant="default" onClick={() => void restore(version)}>
                {words.restore}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Modal>
  );
}
