import type { Role } from "../protocol/generated";
import type { Transport } from "../rtc/probe";
import { call, record, text, timeMs } from "./rest";

export { ApiError } from "./rest";

export interface RoomRef {
  readonly id: string;
  readonly name: string;
}

export interface Invitation {
  readonly room: RoomRef;
  readonly role: Role;
  readonly name: string;
}

export interface RoomSummary extends RoomRef {
  /** Who is in the meeting; sources, displays and consoles are counted apart. */
  readonly people: number;
  readonly sources: number;
  readonly displays: number;
  readonly consoles: number;
  /** Recorded as soon as somebody sends something. */
  readonly recordAutomatically: boolean;
}

export interface InvitationLink {
  readonly link: string;
  readonly expiresAtMs: number | null;
}

function roomRef(value: unknown): RoomRef {
  const { id, name } = record(value);
  return { id: text(id), name: text(name) };
}

export async function readInvitation(token: string): Promise<Invitation> {
  const { room, role, name } = record(await call("GET", "/api/v1/invitation", token));
  const known: Role = role === "host" || role === "viewer" ? role : "participant";
  return { room: roomRef(room), role: known, name: text(name) };
}

export async function askProbe(token: string, sdp: string, transport: Transport): Promise<string> {
  return text(record(await call("POST", "/api/v1/probe", token, { sdp, transport }))["sdp"]);
}

/** The calls of the administrator; each needs the key that the server shows at its first start. */
export class Admin {
  constructor(readonly key: string) {}

  async rooms(): Promise<RoomSummary[]> {
    const answer = await call("GET", "/api/v1/rooms", this.key);
    const list: unknown = Array.isArray(answer) ? answer : record(answer)["rooms"];
    const rooms = Array.isArray(list) ? (list as unknown[]) : [];
    return rooms.map(summary);
  }

  async create(name: string): Promise<RoomRef> {
    return roomRef(await call("POST", "/api/v1/rooms", this.key, { name }));
  }

  async recordAutomatically(room: string, on: boolean): Promise<void> {
    await call("PATCH", `/api/v1/rooms/${encodeURIComponent(room)}`, this.key, { recordAutomatically: on });
  }

  async close(room: string): Promise<void> {
    await call("DELETE", `/api/v1/rooms/${encodeURIComponent(room)}`, this.key);
  }

  async invite(room: string, role: Role): Promise<InvitationLink> {
    const path = `/api/v1/rooms/${encodeURIComponent(room)}/tokens`;
    const { token, link, expiresAt } = record(await call("POST", path, this.key, { role }));
    // The address this page was opened with is the one that is known to work from here.
    const own = `${location.origin}/join/${encodeURIComponent(room)}#t=${text(token)}`;
    return { link: text(token) ? own : text(link), expiresAtMs: timeMs(expiresAt) };
  }

  /** A join token for a page of our own, short-lived. */
  async token(room: string, role: Role, ttlS: number): Promise<string> {
    const path = `/api/v1/rooms/${encodeURIComponent(room)}/tokens`;
    return text(record(await call("POST", path, this.key, { role, ttlS }))["token"]);
  }
}

function summary(value: unknown): RoomSummary {
  const room = record(value);
  const count = (name: string): number => (typeof room[name] === "number" ? room[name] : 0);
  return {
    ...roomRef(room),
    people: count("people"),
    sources: count("sources"),
    displays: count("displays"),
    consoles: count("consoles"),
    recordAutomatically: room["recordAutomatically"] === true,
  };
}
