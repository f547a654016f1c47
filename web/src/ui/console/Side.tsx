import { IconAlarm, IconDeviceTv, IconHistory, IconLayoutBoard, IconRefreshDot } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useText } from "../shared/text";
import { ActsPanel } from "./ActsPanel";
import { AlarmsPanel } from "./AlarmsPanel";
import { useDesk } from "./desk";
import { DisplaysPanel } from "./DisplaysPanel";
import { GroupsPanel } from "./GroupsPanel";
import { ScenesPanel } from "./ScenesPanel";
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
      <div role="tablist" aria-label={text.side} className={classes["tabs"]}>
        {TABS.map((one) => {
          const Icon = ICONS[one];
          return (
            <button
              key={one}
              type="button"
              role="tab"
              aria-selected={one === tab}
              className={classes["tab"]}
              data-side-tab={one}
              onClick={() => {
                setTab(one);
              }}
            >
              <Icon size={20} aria-hidden />
              <span>{text[one]}</span>
              {one === "alarms" && alarms > 0 && <span className={classes["alarmCount"]}>{alarms}</span>}
            </button>
          );
        })}
      </div>
      <div className={classes["body"]} role="tabpanel">
        <Panel />
      </div>
    </aside>
  );
}
