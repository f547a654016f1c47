import type { Admin } from "./api";

/** Where the console is and with which right. The token is in the fragment, then in the tab's own storage. */
export interface ConsolePlace {
  readonly room: string;
  readonly token: string;
}

const roomKey = "huishang.console.room";
const tokenKey = (room: string): string => `huishang.token.${room}`;

/** The address that opens a console of `room`. */
export function consoleLink(room: string, token: string): string {
  return `/console#room=${encodeURIComponent(room)}&t=${encodeURIComponent(token)}`;
}

/** What the address or this tab's storage tells; a token in the address is moved to the storage. Null: somebody must sign in. */
export function takePlace(place: Location, history: History, storage: Storage): ConsolePlace | null {
  const given = new URLSearchParams(place.hash.slice(1));
  const [room, token] = [given.get("room"), given.get("t")];
  if (room && token) {
    keepPlace(storage, { room, token });
    history.replaceState(null, "", place.pathname);
    return { room, token };
  }
  const known = storage.getItem(roomKey);
  const kept = known === null ? null : storage.getItem(tokenKey(known));
  return known !== null && kept !== null ? { room: known, token: kept } : null;
}

/** A reload of this tab finds it again. */
export function keepPlace(storage: Storage, { room, token }: ConsolePlace): void {
  storage.setItem(roomKey, room);
  storage.setItem(tokenKey(room), token);
}

export function leavePlace(storage: Storage): void {
  storage.removeItem(roomKey);
}

const HOST_FOR_S = 12 * 3600;

/** A host's token for the console, made with the administrator's key. */
export function consoleToken(admin: Admin, room: string): Promise<string> {
  return admin.token(room, "host", HOST_FOR_S);
}
