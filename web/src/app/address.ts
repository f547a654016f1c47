/** `/join/{room}#t=<token>` taken apart; null when it is no invitation. */
export function parseInvitation(link: string, base: string): { readonly room: string; readonly token: string } | null {
  let url: URL;
  try {
    url = new URL(link.trim(), base);
  } catch {
    return null;
  }
  const room = roomOf(url.pathname);
  const token = new URLSearchParams(url.hash.slice(1)).get("t");
  return room !== null && token !== null && token !== "" ? { room, token } : null;
}

export function roomOf(path: string): string | null {
  const match = /^\/join\/([^/]+)\/?$/.exec(path);
  if (!match?.[1]) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return null;
  }
}

const key = (room: string): string => `huishang.token.${room}`;

/**
 * The token of this tab. A new one in the address is moved to the tab's own storage, so that it is neither seen over a
 * shoulder nor kept in the history; a reload finds it there.
 */
export function takeToken(room: string, place: Location, history: History, storage: Storage): string | null {
  const token = new URLSearchParams(place.hash.slice(1)).get("t");
  if (token) {
    storage.setItem(key(room), token);
    history.replaceState(null, "", place.pathname + place.search);
    return token;
  }
  return readToken(room, storage);
}

/** The token that this tab came with, or null. */
export function readToken(room: string, storage: Storage): string | null {
  return storage.getItem(key(room));
}

const inviteKey = (room: string): string => `huishang.invite.${room}`;

/** The link a host may pass on; only an administrator who came from the home page has one. */
export function readInviteLink(storage: Storage, room: string): string | null {
  return storage.getItem(inviteKey(room));
}

export function writeInviteLink(storage: Storage, room: string, link: string): void {
  storage.setItem(inviteKey(room), link);
}
