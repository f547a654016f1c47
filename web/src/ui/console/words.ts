import type { Act } from "../../app/console-api";
import type { Dictionary } from "../../i18n/language";
import type { RoomView } from "../../model/room";
import { whoIs } from "../../model/walls";
import type { Wall, WallContent, WallPane } from "../../protocol/generated";

/** What a pane holds, in a few words. */
export function contentWords(text: Dictionary, wall: Wall, { content, name }: Pick<WallPane, "content" | "name">): string {
  const { palette, pane } = text.console;
  const plain: Readonly<Record<WallContent["kind"], string>> = {
    nothing: pane.empty,
    participant: name || text.console.common.empty,
    speaker: palette.speaker,
    screen: name ? text.tile.screen(name) : palette.anyScreen,
    group: pane.group(wall.board.groups.find((one) => one.id === content.group)?.name ?? ""),
    web: palette.web,
    clock: palette.clock,
    countdown: content.text ? `${palette.countdown} · ${content.text}` : palette.countdown,
    text: content.text ? content.text : palette.text,
  };
  const words = plain[content.kind];
  const now = (content.kind === "group" || content.kind === "speaker") && name ? ` · ${name}` : "";
  return words + now;
}

/** What belongs to an act, with names where the log has identities. */
export function actDetail(text: Dictionary, { what, detail }: Act, view: RoomView, wall: Wall | null): string {
  const { acts, bar } = text.console;
  if (detail === "") return "";
  switch (what) {
    case "place": {
      const [, pane = "", content = ""] = /^(\d+): (.*)$/s.exec(detail) ?? [];
      return `${acts.pane(pane)} → ${placed(text, content, view, wall)}`;
    }
    case "swap":
    case "enlarge":
    case "pin":
    case "unpin":
      return acts.pane(detail);
    case "template": {
      const count = Number(detail.split("-").at(-1));
      return detail.startsWith("grid-") ? bar.grid(count) : detail.startsWith("one-big-") ? bar.oneBig(count) : bar.free;
    }
    case "board":
    case "mute":
      return "";
    case "unmute":
      return bar.only(whoIs(view, detail)?.name ?? detail);
    case "alarm":
    case "alarm-clear": {
      const [identity = "", words = ""] = detail.split(/ (.*)/s);
      return [whoIs(view, identity)?.name ?? identity, words].filter(Boolean).join(" · ");
    }
    case "pause":
    case "resume":
    case "next":
    case "previous":
      return wall?.board.groups.find((one) => one.id === detail)?.name ?? detail;
    default:
      return detail;
  }
}

function placed(text: Dictionary, content: string, view: RoomView, wall: Wall | null): string {
  const { palette, pane } = text.console;
  const [kind = "", rest = ""] = content.split(/ (.*)/s);
  const who = whoIs(view, rest)?.name ?? rest;
  if (kind === "participant") return who;
  if (kind === "screen") return rest === "" ? palette.anyScreen : text.tile.screen(who);
  if (kind === "group") return pane.group(wall?.board.groups.find((one) => one.id === rest)?.name ?? rest);
  if (content === "nothing") return pane.empty;
  if (content === "clock" || content === "countdown" || content === "speaker") return palette[content];
  return content;
}
