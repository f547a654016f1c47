import { IconAlarm, IconDeviceTv, IconHistory, IconLayoutBoard, IconRefreshDot } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useText } from "../shared/text";
import { ActsPanel } from "./ActsPanel";
import { AlarmsPanel } from "./AlarmsPanel";
import { useDesk } from "./desk";
import { DisplaysPanel } from "./DisplaysPanel";
import { GroupsPanel } from "./GroupsPanel";
import { ScenesPanel } from "./ScenesPanel";
import { TabStrip } from "./TabStrip";
import classes from "./side.module.css";

const TABS = ["scenes", "polling", "alarms", "displays", "acts"] as const;
type Tab = (typeof TABS)[number];

const ICONS = { scenes: IconLayoutBoard, polling: IconRefreshDot, alarms: IconAlarm, displays: IconDeviceTv, acts: IconHistory } as const;
const PANELS = { scenes: ScenesPanel, polling: GroupsPanel, alarms: AlarmsPanel, displays: DisplaysPanel, acts: ActsPanel } as const;

/** What directs the walls beside their panes. */
export function Side(): ReactNode {
  const text = useText().console.panels;
  const { wall } = useDesk();
  const [tab, setTab] = useState<Tab>("scenes");
  const Panel = PANELS[tab];
  const alarms = wall?.alarms.length ?? 0;
  return (
    <aside className={classes["side"]} aria-label={text.side}>
      <TabStrip name="side" label={text.side} tabs={TABS} icons={ICONS} words={text} chosen={tab} choose={setTab} counts={{ alarms }} urgent />
      <div className={classes["body"]} role="tabpanel">
        <Panel />
      </div>
    </aside>
  );
}
