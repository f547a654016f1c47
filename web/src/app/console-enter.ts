import { ApiError, readInvitation, type RoomRef } from "./api";
import { sessionDeps, takeSeat } from "./browser";
import { Console } from "./console";
import { exposeConsole } from "./console-hook";
import type { ConsolePlace } from "./console-place";

export interface Desk {
  readonly desk: Console;
  readonly room: RoomRef;
  /** What its calls show now: the token of its seat, which names who sits there and outlasts the invitation. */
  readonly credential: () => string;
}

/** Takes a seat for a console; `name`: of who sits there. Every failure is an ApiError; only hosts get one. */
export async function openConsole({ room, token }: ConsolePlace, name: (given: string) => string): Promise<Desk> {
  const invitation = await readInvitation(token);
  if (invitation.role !== "host") throw new ApiError("not-allowed", null, 403);
  // A seat of its own: the same tab may hold one of the meeting.
  const seat = await takeSeat(`console.${room}`);
  let sitting: string | null = null;
  const resume = (now: string | null): void => {
    sitting = now;
    seat.save(now);
  };
  const deps = { ...sessionDeps(), nowMs: () => Date.now(), resume };
  const desk = new Console(deps, { token, name: name(invitation.name), resume: seat.resume, console: true });
  exposeConsole(desk);
  desk.start();
  return { desk, room: invitation.room, credential: () => sitting ?? token };
}
