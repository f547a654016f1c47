import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconDownload, IconHistory, IconPencil, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Scene } from "../../app/console-api";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { NameDialog } from "./NameDialog";
import { useAttempt } from "./useAttempt";
import { VersionsDialog } from "./VersionsDialog";

type Dialog = "rename" | "versions" | "remove";

function saveFile(name: string, content: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = `${name}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** What is done to a scene more rarely. */
export function SceneMenu({ scene }: { readonly scene: Scene }): ReactNode {
  const text = useText().console;
  const [dialog, setDialog] = useState<Dialog | null>(null);
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size={36} aria-label={`${text.common.more}: ${scene.name}`}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Items scene={scene} onDialog={setDialog} />
        </Menu.Dropdown>
      </Menu>
      <Dialogs scene={scene} dialog={dialog} onDialog={setDialog} />
    </>
  );
}

interface PartProps {
  readonly scene: Scene;
  readonly onDialog: (dialog: Dialog | null) => void;
}

function Items({ scene, onDialog }: PartProps): ReactNode {
  const text = useText().console;
  const words = text.scenes;
  const { api, wall } = useDesk();
  const attempt = useAttempt();
  const open = (which: Dialog) => () => {
    onDialog(which);
  };
  const update = async (): Promise<void> => {
    if (wall && (await attempt(() => api.changeScene(scene, wall.board)))) notifications.show({ message: words.saved(scene.name), color: "teal" });
  };
  const download = async (): Promise<void> => {
    await attempt(async () => {
      saveFile(scene.name, await api.exportScene(scene.id));
    });
  };
  return (
    <>
      <Menu.Item leftSection={<IconRefresh size={18} />} disabled={!wall} onClick={() => void update()}>
        {words.update}
      </Menu.Item>
      <Menu.Item leftSection={<IconPencil size={18} />} onClick={open("rename")}>
        {text.common.rename}
      </Menu.Item>
      <Menu.Item leftSection={<IconHistory size={18} />} onClick={open("versions")}>
        {words.versions}
      </Menu.Item>
      <Menu.Item leftSection={<IconDownload size={18} />} onClick={() => void download()}>
        {words.export}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item color="red" leftSection={<IconTrash size={18} />} onClick={open("remove")}>
        {text.common.delete}
      </Menu.Item>
    </>
  );
}

interface DialogsProps extends PartProps {
  readonly dialog: Dialog | null;
}

function Dialogs({ scene, dialog, onDialog }: DialogsProps): ReactNode {
  const text = useText().console;
  const words = text.scenes;
  const { api } = useDesk();
  const attempt = useAttempt();
  const close = (): void => {
    onDialog(null);
  };
  return (
    <>
      {dialog === "rename" && (
        <NameDialog
          title={words.renameTitle(scene.name)}
          initial={scene.name}
          onCancel={close}
          onSave={async (name) => {
            if (await attempt(() => api.changeScene({ ...scene, name }, scene.board))) close();
          }}
        />
      )}
      {dialog === "versions" && <VersionsDialog scene={scene} onClose={close} />}
      <ConfirmDialog
        about={dialog === "remove" ? scene : null}
        title={(one) => words.deleteTitle(one.name)}
        question={words.deleteText}
        confirm={text.common.delete}
        onCancel={close}
        onConfirm={() => {
          close();
          void attempt(() => api.removeScene(scene.id));
        }}
      />
    </>
  );
}
