import { parseInvitation, writeInviteLink } from "../../app/address";
import type { Admin } from "../../app/api";
import { consoleLink, consoleToken } from "../../app/console-place";

/** Makes a host's link for this tab and a participant's link that the host may pass on, then goes in. */
export async function openAsHost(admin: Admin, room: string): Promise<void> {
  const [host, participant] = await Promise.all([admin.invite(room, "host"), admin.invite(room, "participant")]);
  writeInviteLink(sessionStorage, room, participant.link);
  const token = parseInvitation(host.link, location.origin)?.token ?? "";
  location.assign(`/join/${encodeURIComponent(room)}#t=${encodeURIComponent(token)}`);
}

/** Opens the console of the room's walls in this tab. */
export async function openWalls(admin: Admin, room: string): Promise<void> {
  location.assign(consoleLink(room, await consoleToken(admin, room)));
}
