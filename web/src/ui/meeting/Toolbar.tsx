import {
  IconLayoutGrid,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhoneOff,
  IconScreenShare,
  IconScreenShareOff,
  IconLayoutSidebarRight,
  IconUsers,
  IconVideo,
  IconVideoOff,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { LocalMedia } from "../../app/local";
import type { MeetingState } from "../../app/meeting";
import type { Role } from "../../protocol/generated";
import { PHONE, useMedia, useStore } from "../shared/hooks";
import { peopleIn } from "../../model/room";
import { useText } from "../shared/text";
import { DeviceMenu } from "./DeviceMenu";
import classes from "./toolbar.module.css";
import { MoreMenu } from "./MoreMenu";
import { ToolButton } from "./ToolButton";
import type { Controls } from "./useControls";
import type { Panel } from "./useViewChoice";

interface Props {
  readonly state: MeetingState;
  readonly local: LocalMedia;
  readonly role: Role;
  readonly staged: boolean;
  readonly controls: Controls;
  readonly panel: Panel | null;
}

export function Toolbar({ state, local, staged, controls, panel }: Props): ReactNode {
  const text = useText();
  const phone = useMedia(PHONE);
  const view = staged ? text.meeting.grid : text.meeting.speaker;
  const count = peopleIn(state.view);
  return (
    <footer className={classes["bar"]} role="toolbar" aria-label={text.meeting.toolbar}>
      <div className={classes["group"]}>
        {controls.sends && <Sending local={local} controls={controls} menus={!phone} />}
        {!phone && controls.canShare && (
          <ToolButton
            label={state.sharing ? text.meeting.stopShare : text.meeting.share}
            icon={state.sharing ? <IconScreenShareOff /> : <IconScreenShare />}
            keys="S"
            active={state.sharing}
            onClick={controls.share}
          />
        )}
        {!phone && (
          <ToolButton label={view} icon={staged ? <IconLayoutGrid /> : <IconLayoutSidebarRight />} keys="G" onClick={controls.view} />
        )}
        <ToolButton
          label={text.meeting.people}
          icon={<IconUsers />}
          keys="P"
          count={count}
          active={panel === "people"}
          onClick={() => {
            controls.panel("people");
          }}
        />
        <MoreMenu controls={controls} phone={phone} staged={staged} sharing={state.sharing} />
        <ToolButton label={text.meeting.leave} icon={<IconPhoneOff />} danger onClick={controls.leave} />
      </div>
    </footer>
  );
}

interface SendingProps {
  readonly local: LocalMedia;
  readonly controls: Controls;
  readonly menus: boolean;
}

/** Microphone and camera with their device menus. */
function Sending({ local, controls, menus }: SendingProps): ReactNode {
  const text = useText();
  const { microphoneOn, cameraOn, devices, microphoneId, cameraId } = useStore(local.state);
  return (
    <>
      <div className={classes["split"]}>
        <ToolButton
          label={microphoneOn ? text.meeting.mute : text.meeting.unmute}
          icon={microphoneOn ? <IconMicrophone /> : <IconMicrophoneOff />}
          keys="M"
          off={!microphoneOn}
          onClick={controls.microphone}
        />
        {menus && (
          <DeviceMenu
            label={text.join.microphone}
            choices={devices.microphones}
            value={microphoneId}
            onChoose={(id) => void local.chooseMicrophone(id)}
          />
        )}
      </div>
      <div className={classes["split"]}>
        <ToolButton
          label={cameraOn ? text.meeting.cameraOff : text.meeting.cameraOn}
          icon={cameraOn ? <IconVideo /> : <IconVideoOff />}
          keys="V"
          off={!cameraOn}
          onClick={controls.camera}
        />
        {menus && (
          <DeviceMenu
            label={text.join.camera}
            choices={devices.cameras}
            value={cameraId}
            onChoose={(id) => void local.chooseCamera(id)}
          />
        )}
      </div>
    </>
  );
}
