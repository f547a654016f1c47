import { Popover } from "@mantine/core";
import { IconArrowBackUp, IconChevronDown, IconLayoutDashboard, IconMinimize, IconSpeakerphone } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Wall } from "../../protocol/generated";
import { useText } from "../shared/text";
import { BarButton } from "./BarButton";
import { useDesk } from "./desk";
import classes from "./desk.module.css";
import { Holder } from "./Holder";
import { SoundMenu } from "./SoundMenu";
import { TemplatePicker } from "./TemplatePicker";

interface Props {
  readonly wall: Wall;
  /** Opens the editor of free windows. */
  readonly onDraw: () => void;
}

/** What is done to a whole wall. */
export function WallBar({ wall, onDraw }: Props): ReactNode {
  const text = useText().console.bar;
  const { mayEdit, edit } = useDesk();
  const may = mayEdit(wall);
  return (
    <div className={classes["bar"]} data-wall-bar={wall.id}>
      <LayoutMenu wall={wall} may={may} onDraw={onDraw} />
      <BarButton
        icon={<IconArrowBackUp size={20} />}
        label={text.undo}
        brief
        disabled={!may}
        onPress={() => {
          edit(wall.id, { do: "undo" });
        }}
      />
      {wall.enlarged !== null && (
        <BarButton
          icon={<IconMinimize size={20} />}
          label={text.shrinkAll}
          disabled={!may}
          strong
          onPress={() => {
            edit(wall.id, { do: "enlarge", pane: null });
          }}
        />
      )}
      <SoundMenu wall={wall} />
      <span className={classes["gap"]} />
      <Holder wall={wall} />
      <BarButton
        icon={<IconSpeakerphone size={20} />}
        label={wall.sharing ? text.unshare : text.share}
        title={text.shareHint}
        disabled={!may}
        pressed={wall.sharing}
        onPress={() => {
          edit(wall.id, { do: "share", on: !wall.sharing });
        }}
      />
    </div>
  );
}

function LayoutMenu({ wall, may, onDraw }: Props & { readonly may: boolean }): ReactNode {
  const text = useText().console.bar;
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" shadow="lg" radius="lg">
      <Popover.Target>
        <BarButton
          icon={<IconLayoutDashboard size={20} />}
          label={text.layout}
          disabled={!may}
          after={<IconChevronDown size={16} aria-hidden />}
          onPress={() => {
            setOpen(!open);
          }}
        />
      </Popover.Target>
      <Popover.Dropdown className={classes["popover"] ?? ""}>
        <TemplatePicker
          wall={wall}
          onDone={() => {
            setOpen(false);
          }}
          onDraw={onDraw}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
