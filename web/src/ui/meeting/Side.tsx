import { IconX } from "@tabler/icons-react";
import { useEffect, type ReactNode } from "react";
import type { LocalMedia } from "../../app/local";
import type { Meeting, MeetingState } from "../../app/meeting";
import { DeviceFields } from "../join/DeviceFields";
import { peopleIn } from "../../model/room";
import { useText } from "../shared/text";
import { HelpSheet } from "./HelpSheet";
import { PeopleList } from "./PeopleList";
import classes from "./side.module.css";
import { StatsSheet } from "./StatsSheet";
import type { ViewChoice } from "./useViewChoice";

interface Props {
  readonly meeting: Meeting;
  readonly local: LocalMedia;
  readonly state: MeetingState;
  readonly choice: ViewChoice;
}

/** The panel beside the pictures (over them on a phone); one at a time. Escape closes it. */
export function Side({ meeting, local, state, choice }: Props): ReactNode {
  const text = useText();
  const { panel, closePanel } = choice;
  useEffect(() => {
    if (!panel) return undefined;
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === "Escape") closePanel();
    };
    window.addEventListener("keydown", pressed);
    return () => {
      window.removeEventListener("keydown", pressed);
    };
  }, [panel, closePanel]);
  if (!panel) return null;
  const titles = {
    people: text.people.title(peopleIn(state.view)),
    stats: text.stats.title,
    settings: text.meeting.settings,
    help: text.help.title,
  };
  return (
    <aside className={classes["side"]} aria-label={titles[panel]} data-panel={panel}>
      <header className={classes["head"]}>
        <h2>{titles[panel]}</h2>
        <button type="button" className={classes["close"]} aria-label={text.common.close} onClick={closePanel}>
          <IconX size={20} />
        </button>
      </header>
      <div className={classes["content"]}>
        {panel === "people" && <PeopleList meeting={meeting} view={state.view} />}
        {panel === "stats" && <StatsSheet meeting={meeting} view={state.view} />}
        {panel === "settings" && <DeviceFields local={local} />}
        {panel === "help" && <HelpSheet />}
      </div>
    </aside>
  );
}
