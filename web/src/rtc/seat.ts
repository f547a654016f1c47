import type { Clock } from "./clock";

/** What a tab keeps over a reload: the resume token, and a name of its own for the seat so that tabs can be told apart. */
export interface SavedSeat {
  readonly seat: string;
  readonly resume: string;
}

const key = (room: string): string => `huishang.seat.${room}`;

export function readSeat(storage: Storage, room: string): SavedSeat | null {
  try {
    const value: unknown = JSON.parse(storage.getItem(key(room)) ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { seat, resume } = value as Record<string, unknown>;
    return typeof seat === "string" && typeof resume === "string" ? { seat, resume } : null;
  } catch {
    return null;
  }
}

export function writeSeat(storage: Storage, room: string, seat: SavedSeat | null): void {
  if (seat) storage.setItem(key(room), JSON.stringify(seat));
  else storage.removeItem(key(room));
}

/** The part of LockManager used here. */
export interface Locks {
  request(
    name: string,
    options: { signal?: AbortSignal },
    held: () => Promise<void>,
  ): Promise<unknown>;
}

const RELOAD_GRACE_MS = 600;

/**
 * True when this tab may use the saved seat. A duplicated tab gets a copy of sessionStorage; the lock, held while the
 * page lives, tells the copy from a reload. The wait lets the page before a reload let go.
 */
export function claim(locks: Locks, clock: Clock, seat: string): Promise<boolean> {
  return new Promise((resolve) => {
    const abort = new AbortController();
    const cancel = clock.after(RELOAD_GRACE_MS, () => {
      abort.abort();
    });
    locks
      .request(`huishang-seat:${seat}`, { signal: abort.signal }, () => {
        cancel();
        resolve(true);
        return new Promise<void>(() => undefined);
      })
      .catch(() => {
        resolve(false);
      });
  });
}

/** The part of BroadcastChannel used here. */
export interface Channel {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
}

const ANSWER_WITHIN_MS = 250;

/** The same question where there are no locks (a page without TLS): ask the other tabs, and answer theirs afterwards. */
export function claimByAsking(channel: Channel, clock: Clock, seat: string): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (free: boolean): void => {
      cancel();
      channel.onmessage = free
        ? (event) => {
            if (is(event.data, "whose", seat)) channel.postMessage({ kind: "mine", seat });
          }
        : null;
      resolve(free);
    };
    const cancel = clock.after(ANSWER_WITHIN_MS, () => {
      settle(true);
    });
    channel.onmessage = (event) => {
      if (is(event.data, "mine", seat)) settle(false);
    };
    channel.postMessage({ kind: "whose", seat });
  });
}

function is(data: unknown, kind: string, seat: string): boolean {
  if (typeof data !== "object" || data === null) return false;
  const message = data as Record<string, unknown>;
  return message["kind"] === kind && message["seat"] === seat;
}
