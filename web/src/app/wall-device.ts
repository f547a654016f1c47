/** What makes this browser a wall: kept over restarts, gone when the wall is revoked. */
export interface Device {
  readonly token: string;
  readonly wall: string;
  readonly name: string;
  readonly room: string;
}

const KEY = "huishang.wall";

export function readDevice(storage: Storage): Device | null {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { token, wall, name, room } = value as Record<string, unknown>;
    if (typeof token !== "string" || token === "") return null;
    const text = (one: unknown): string => (typeof one === "string" ? one : "");
    return { token, wall: text(wall), name: text(name), room: text(room) };
  } catch {
    return null;
  }
}

export function writeDevice(storage: Storage, device: Device | null): void {
  if (device) storage.setItem(KEY, JSON.stringify(device));
  else storage.removeItem(KEY);
}
