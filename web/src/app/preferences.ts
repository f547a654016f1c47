/** What a person chose last on this machine; kept for the next meeting. */
export interface Preferences {
  readonly name: string;
  readonly cameraOn: boolean;
  readonly microphoneOn: boolean;
  readonly cameraId: string | null;
  readonly microphoneId: string | null;
  readonly speakerId: string | null;
}

const KEY = "huishang.preferences";

export const DEFAULTS: Preferences = {
  name: "",
  cameraOn: true,
  microphoneOn: true,
  cameraId: null,
  microphoneId: null,
  speakerId: null,
};

export function readPreferences(storage: Storage): Preferences {
  let found: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? "{}");
    if (typeof value === "object" && value !== null) found = value as Record<string, unknown>;
  } catch {
    return DEFAULTS;
  }
  const text = (name: keyof Preferences): string | null => (typeof found[name] === "string" ? found[name] : null);
  return {
    name: text("name") ?? "",
    cameraOn: found["cameraOn"] !== false,
    microphoneOn: found["microphoneOn"] !== false,
    cameraId: text("cameraId"),
    microphoneId: text("microphoneId"),
    speakerId: text("speakerId"),
  };
}

export function writePreferences(storage: Storage, change: Partial<Preferences>): void {
  storage.setItem(KEY, JSON.stringify({ ...readPreferences(storage), ...change }));
}
