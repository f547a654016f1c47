import type { ReactNode } from "react";
import type { LocalMedia } from "../../app/local";
import type { Meeting } from "../../app/meeting";
import type { Role } from "../../protocol/generated";
import { stageOf, tilesOf } from "../../model/tiles";
import { useStore } from "../shared/hooks";
import { Banners } from "./Banners";
import { EndPage } from "./EndPage";
import classes from "./meeting.module.css";
import { SharedNote } from "./SharedNote";
import { SharedStage } from "./SharedStage";
import { Side } from "./Side";
import { Stage } from "./Stage";
import { Toolbar } from "./Toolbar";
import { TopBar } from "./TopBar";
import { useControls } from "./useControls";
import { useNetworkEvents } from "./useNetworkEvents";
import { useNotices } from "./useNotices";
import { useShared } from "./useShared";
import { useShortcuts } from "./useShortcuts";
import { useViewChoice } from "./useViewChoice";

interface Props {
  readonly room: string;
  readonly meeting: Meeting;
  readonly local: LocalMedia;
  readonly role: Role;
}

export function MeetingPage({ room, meeting, local, role }: Props): ReactNode {
  const state = useStore(meeting.state);
  const tiles = tilesOf(state.view);
  const choice = useViewChoice(tiles);
  const shared = useShared(state.view.shared);
  const stage = stageOf(tiles, state.view, choice.mode, choice.pinned);
  const controls = useControls({ room, meeting, local, role, staged: stage !== null, choice });
  useNotices(meeting);
  useNetworkEvents(meeting);
  useShortcuts(controls.shortcuts, state.ending === null);
  if (state.ending) return <EndPage ending={state.ending} />;
  return (
    <div className={classes["page"]} data-panel={choice.panel !== null}>
      <TopBar state={state}>
        <SharedNote choice={shared} />
      </TopBar>
      <main className={classes["body"]}>
        <Banners meeting={meeting} state={state} onStopSharing={controls.share} />
        {shared.layout ? (
          <SharedStage meeting={meeting} local={local} state={state} layout={shared.layout} />
        ) : (
          <Stage meeting={meeting} local={local} state={state} tiles={tiles} stage={stage} choice={choice} />
        )}
        <Side meeting={meeting} local={local} state={state} choice={choice} />
      </main>
      <Toolbar state={state} local={local} role={role} staged={stage !== null} controls={controls} panel={choice.panel} />
    </div>
  );
}
