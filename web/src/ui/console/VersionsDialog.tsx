import { Badge, Button, Loader, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useState, type ReactNode } from "react";
import type { Scene } from "../../app/console-api";
import { clockWords } from "../shared/feedText";
import { useWords } from "../shared/text";
import { BoardPicture } from "./BoardPicture";
import { useDesk } from "./desk";
import classes from "./side.module.css";
import { useAttempt } from "./useAttempt";

interface Props {
  readonly scene: Scene;
  readonly onClose: () => void;
}

/** What a scene was before; an old version that is restored becomes a new one. */
export function VersionsDialog({ scene, onClose }: Props): ReactNode {
  const words = useWords().text.console.scenes;
  const versions = useVersions(scene);
  return (
    <Modal opened onClose={onClose} title={words.versionsTitle(scene.name)} size="lg">
      <div data-versions>
        <p className={classes["hint"]}>{words.versionsHint}</p>
        {versions === "reading" && <Loader />}
        {versions === "failed" && <p className={classes["none"]}>{words.versionsFailed}</p>}
        {typeof versions !== "string" && (
          <ul className={classes["rows"]}>
            {versions.map((one) => (
              <VersionRow key={one.version} one={one} newest={scene} />
            ))}
          </ul>
        )}
      </div>
    </Modal>
  );
}

type Versions = readonly Scene[] | "reading" | "failed";

/** Read again when somebody saves the scene while one looks. */
function useVersions({ id, version }: Scene): Versions {
  const { api } = useDesk();
  const [versions, setVersions] = useState<Versions>("reading");
  useEffect(() => {
    let current = true;
    const show = (next: Versions): void => {
      if (current) setVersions(next);
    };
    api.versions(id).then(show, () => {
      show("failed");
    });
    return () => {
      current = false;
    };
  }, [api, id, version]);
  return versions;
}

/** `newest`: the scene as it is now, on which a restored version is made. */
function VersionRow({ one, newest }: { readonly one: Scene; readonly newest: Scene }): ReactNode {
  const { text, language } = useWords();
  const words = text.console.scenes;
  const { api, nowMs } = useDesk();
  const attempt = useAttempt();
  const [busy, setBusy] = useState(false);
  const restore = async (): Promise<void> => {
    setBusy(true);
    if (await attempt(() => api.changeScene(newest, one.board))) notifications.show({ message: words.restored(one.version), color: "teal" });
    setBusy(false);
  };
  return (
    <li className={classes["version"]} data-version={one.version}>
      <BoardPicture board={one.board} />
      <span className={classes["rowWords"]}>
        <strong>
          {words.version(one.version)}
          {one.name !== newest.name && <span className={classes["formerly"]}>{words.formerly(one.name)}</span>}
        </strong>
        <span className={classes["soft"]}>{one.savedAtMs === null ? one.savedBy : words.by(one.savedBy, clockWords(one.savedAtMs, nowMs, language))}</span>
      </span>
      {one.version === newest.version ? (
        <Badge variant="light" size="lg" tt="none" mr={8}>
          {words.current}
        </Badge>
      ) : (
        <Button variant="default" size="md" loading={busy} onClick={() => void restore()} data-restore>
          {words.restore}
        </Button>
      )}
    </li>
  );
}
