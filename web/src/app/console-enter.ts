import { ApiError, readInvitation, type RoomRef } from "./api";
import { sessionDeps, takeSeat } from "./browser";
import { Console } from "./console";
import { exposeConsole } from "./console-hook";
import type { ConsolePlace } from "./console-place";

export interface Desk {
  readonly desk: Console;
  readonly room: RoomRef;
  readonly token: string;
}

/** Takes a seat for a console; `name`: of who sits there. Every failure is an ApiError; only hosts get one. */
export async function openConsole({ room, token }: ConsolePlace, name: (given: string) => string): Promise<Desk> {
  const invitation = await readInvitation(token);
  if (invitation.role !== "host") throw new ApiError("not-allowed", null, 403);
  // A seat of its own: the same tab may hold one of the meeting.
  const seat = await takeSeat(`console.${room}`);
  const deps = { ...sessionDeps(), nowMs: () => Date.now(), resume: seat.save };
  const desk = new Console(deps, { token, name: name(invitation.name), resume: seat.resume, console: true });
  exposeConsole(desk);
  desk.start();
  return { desk, room: invitation.room, token };
}
