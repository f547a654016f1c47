import { TextInput } from "@mantine/core";
import { IconDeviceCctv, IconRefreshDot, IconScreenShare, IconSearch, IconShape, IconUsers } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { feedablesOf, type Feedable } from "../../model/walls";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { Extras } from "./Extras";
import { GroupItems } from "./GroupItems";
import { PaletteItem } from "./PaletteItem";
import { TabStrip } from "./TabStrip";
import classes from "./palette.module.css";

const TABS = ["people", "sources", "screens", "groups", "extras"] as const;
type Tab = (typeof TABS)[number];

const ICONS = { people: IconUsers, sources: IconDeviceCctv, screens: IconScreenShare, groups: IconRefreshDot, extras: IconShape } as const;

/** All that can be put on a wall. */
export function Palette(): ReactNode {
  const text = useText().console.palette;
  const { state, wall } = useDesk();
  const [tab, setTab] = useState<Tab>("people");
  const [words, setWords] = useState("");
  const all = feedablesOf(state.view);
  const counts = { people: all.people.length, sources: all.sources.length, screens: all.screens.length, groups: wall?.board.groups.length ?? 0 };
  return (
    <aside className={classes["palette"]} aria-label={text.title}>
      <TabStrip name="palette" label={text.title} tabs={TABS} icons={ICONS} words={text} chosen={tab} choose={setTab} counts={counts} />
      {(tab === "people" || tab === "sources" || tab === "screens") && (
        <>
          <TextInput
            className={classes["search"] ?? ""}
            aria-label={text.search}
            placeholder={text.search}
            leftSection={<IconSearch size={18} aria-hidden />}
            value={words}
            onChange={(event) => {
              setWords(event.currentTarget.value);
            }}
          />
          <FeedableList kind={tab} all={all[tab]} words={words} />
        </>
      )}
      {tab === "groups" && <GroupItems />}
      {tab === "extras" && <Extras />}
      <p className={classes["hint"]}>{text.hint}</p>
    </aside>
  );
}

interface ListProps {
  readonly kind: "people" | "sources" | "screens";
  readonly all: readonly Feedable[];
  readonly words: string;
}

function FeedableList({ kind, all, words }: ListProps): ReactNode {
  const text = useText().console.palette;
  const sought = words.trim().toLowerCase();
  const found = all.filter(({ who }) => who.name.toLowerCase().includes(sought));
  const none = { people: text.noPeople, sources: text.noSources, screens: text.noScreens }[kind];
  if (found.length === 0) return <p className={classes["none"]}>{all.length === 0 ? none : text.nothingFound}</p>;
  return (
    <ul className={classes["list"]} data-palette={kind}>
      {found.map((one) => (
        <PaletteItem key={one.key} item={one} />
      ))}
    </ul>
  );
}
