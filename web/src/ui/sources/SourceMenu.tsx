import { Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconHistory, IconKey, IconPencil, IconPlayerPlay, IconPower, IconRefresh, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { isPush } from "../../model/push";
import type { Source } from "../../model/sources";
import { useText } from "../shared/text";
import classes from "./card.module.css";
import type { Open } from "./dialogs";
import type { Sources } from "./useSources";

interface Props {
  readonly source: Source;
  readonly sources: Sources;
  readonly open: Open;
}

const SIZE = 18;

/** Everything that can be done to a source. */
export function SourceMenu({ source, sources, open }: Props): ReactNode {
  const text = useText();
  const { actions } = text.sources;
  const { api, attempt } = sources;
  const { id, enabled } = source;
  const about = (kind: "edit" | "push" | "history" | "preview" | "delete" | "disable") => (): void => {
    open({ kind, id });
  };
  const restart = async (): Promise<void> => {
    if (await attempt(() => api.restart(id))) notifications.show({ message: text.sources.restarted, color: "teal" });
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <button type="button" className={classes["more"]} aria-label={`${actions.menu}: ${source.name}`} title={actions.menu}>
          <IconDots size={20} />
        </button>
      </Menu.Target>
      <Menu.Dropdown className={classes["menu"] ?? ""}>
        <Menu.Item leftSection={<IconPlayerPlay size={SIZE} />} onClick={about("preview")}>
          {actions.preview}
        </Menu.Item>
        {isPush(source.kind) && (
          <Menu.Item leftSection={<IconKey size={SIZE} />} onClick={about("push")}>
            {actions.push}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconPencil size={SIZE} />} onClick={about("edit")}>
          {actions.edit}
        </Menu.Item>
        <Menu.Item leftSection={<IconHistory size={SIZE} />} onClick={about("history")}>
          {actions.history}
        </Menu.Item>
        {enabled && (
          <Menu.Item leftSection={<IconRefresh size={SIZE} />} onClick={() => void restart()}>
            {source.status.state === "quarantined" ? actions.restart : actions.reconnect}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconPower size={SIZE} />}
          onClick={enabled ? about("disable") : () => void attempt(() => api.enable(id, true))}
        >
          {enabled ? actions.disable : actions.enable}
        </Menu.Item>
        <Menu.Item color="red" leftSection={<IconTrash size={SIZE} />} onClick={about("delete")}>
          {actions.delete}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
