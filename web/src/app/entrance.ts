import { Devices } from "../rtc/devices";
import type { Role } from "../protocol/generated";
import { ApiError, readInvitation, type Invitation } from "./api";
import { sessionDeps, takeSeat } from "./browser";
import { exposeForTests } from "./hook";
import { LocalMedia } from "./local";
import { Meeting } from "./meeting";
import { readPreferences, writePreferences } from "./preferences";

/** What stands between a link and the meeting. */
export type Entrance =
  | { readonly step: "checking" }
  | { readonly step: "refused"; readonly error: ApiError }
  | { readonly step: "lobby"; readonly invitation: Invitation }
  | { readonly step: "meeting"; readonly meeting: Meeting; readonly role: Role };

export const devices = new Devices(
  (navigator as Partial<Navigator>).mediaDevices,
  window.isSecureContext,
);

export function createLocal(): LocalMedia {
  return new LocalMedia(devices, readPreferences(localStorage), (change) => {
    writePreferences(localStorage, change);
  });
}

export interface Enter {
  readonly room: string;
  readonly token: string;
  readonly name: string;
  readonly local: LocalMedia;
}

/** Takes a seat and starts the meeting. */
export async function enter({ room, token, name, local }: Enter): Promise<Meeting> {
  const seat = await takeSeat(room);
  const deps = { ...sessionDeps(), devices, local, nowMs: () => Date.now(), resume: seat.save };
  const meeting = new Meeting(deps, { token, name, resume: seat.resume });
  exposeForTests(meeting);
  meeting.start();
  return meeting;
}

/** The first look at a link: is it good, and for what? Every failure is an ApiError. */
export async function check(token: string | null): Promise<Invitation> {
  if (token === null) throw new ApiError("link-incomplete", null, 0);
  return readInvitation(token);
}
