import { notifications } from "@mantine/notifications";
import { readInviteLink, readToken } from "../../app/address";
import { copyText } from "../../app/clipboard";
import { consoleLink } from "../../app/console-place";
import { devices } from "../../app/entrance";
import type { LocalMedia } from "../../app/local";
import type { Meeting } from "../../app/meeting";
import type { Role } from "../../protocol/generated";
import { useFullscreen } from "../shared/hooks";
import { useText } from "../shared/text";
import type { Shortcuts } from "./useShortcuts";
import type { Panel, ViewChoice } from "./useViewChoice";

export interface Controls {
  readonly sends: boolean;
  readonly canShare: boolean;
  readonly fullscreen: { readonly possible: boolean; readonly on: boolean; readonly toggle: () => void };
  /** Null when this page has no link that may be passed on. */
  readonly copyInvitation: (() => void) | null;
  readonly microphone: () => void;
  readonly camera: () => void;
  readonly share: () => void;
  readonly view: () => void;
  readonly panel: (panel: Panel) => void;
  /** Null when this person may not have the room recorded. */
  readonly record: { readonly on: boolean; readonly toggle: () => void } | null;
  /** Opens the console of the walls; null: only hosts may. */
  readonly console: (() => void) | null;
  readonly leave: () => void;
  readonly shortcuts: Shortcuts;
}

interface Input {
  readonly room: string;
  readonly meeting: Meeting;
  readonly local: LocalMedia;
  readonly role: Role;
  readonly staged: boolean;
  readonly choice: ViewChoice;
}

/** Everything a button or a key can do in the meeting, in one place for both. */
export function useControls({ room, meeting, local, role, staged, choice }: Input): Controls {
  const text = useText();
  const fullscreen = useFullscreen();
  const sends = role !== "viewer";
  const link = role === "host" ? readInviteLink(sessionStorage, room) : null;
  const say = (message: string, color: string): void => {
    notifications.show({ message, color });
  };
  const microphone = (): void => {
    if (sends) void local.setMicrophone(!local.state.get().microphoneOn);
  };
  const camera = (): void => {
    if (sends) void local.setCamera(!local.state.get().cameraOn);
  };
  const share = (): void => {
    if (!sends) return;
    if (meeting.state.get().sharing) {
      meeting.stopSharing();
      return;
    }
    void meeting.share().then((problem) => {
      if (problem) say(`${text.devices[problem]}. ${text.devices[`${problem}Cure`]}`, "red");
    });
  };
  const view = (): void => {
    choice.setMode(staged ? "grid" : "speaker");
  };
  const copyInvitation = (): void => {
    void copyText(link ?? "").then((done) => {
      if (done) say(text.meeting.invitationCopied, "teal");
      else say(text.errors.clipboard, "red");
    });
  };
  return {
    sends,
    canShare: sends && devices.canShare,
    fullscreen,
    copyInvitation: link === null ? null : copyInvitation,
    microphone,
    camera,
    share,
    view,
    panel: choice.toggle,
    record: role === "host" ? recordingOf(meeting) : null,
    console: role === "host" ? consoleOf(room) : null,
    leave: () => {
      meeting.leave();
    },
    shortcuts: { ...shortcutsOf(choice), m: microphone, v: camera, s: share, g: view, f: fullscreen.toggle },
  };
}

/** In a tab of its own, with the same right. */
function consoleOf(room: string): (() => void) | null {
  const token = readToken(room, sessionStorage);
  if (token === null) return null;
  return () => {
    window.open(consoleLink(room, token), "_blank", "noopener");
  };
}

function recordingOf(meeting: Meeting): NonNullable<Controls["record"]> {
  const on = (meeting.state.get().view.room?.recording ?? null) !== null;
  return {
    on,
    toggle: () => {
      meeting.record(!on);
    },
  };
}

function shortcutsOf(choice: ViewChoice): Shortcuts {
  return {
    p: () => {
      choice.toggle("people");
    },
    "?": () => {
      choice.toggle("help");
    },
    arrowleft: () => {
      choice.setPage(Math.max(0, choice.page - 1));
    },
    arrowright: () => {
      choice.setPage(choice.page + 1);
    },
  };
}
