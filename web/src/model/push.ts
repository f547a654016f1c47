import type { FeedKind } from "../protocol/generated";
import type { Push } from "./sources";

export type PushKind = Exclude<FeedKind, "rtsp">;

export function isPush(kind: FeedKind): kind is PushKind {
  return kind !== "rtsp";
}

/** No B-frames and a keyframe every two seconds: forwarded as it is, and seen at once by whoever opens it. */
const H264 = "-c:v libx264 -preset veryfast -tune zerolatency -bf 0 -g 60";

/** A command line that sends a file as this source, to be pasted into a shell. */
export function ffmpegCommand(kind: PushKind, push: Push): string {
  const quoted = (value: string): string => `"${value.replace(/["\\$`]/g, "\\$&")}"`;
  const input = "ffmpeg -re -i input.mp4";
  switch (kind) {
    case "rtmp":
      return `${input} ${H264} -c:a aac -f flv ${quoted(push.full)}`;
    case "srt":
      return `${input} ${H264} -c:a aac -f mpegts ${quoted(push.full)}`;
    case "whip":
      return `${input} ${H264} -c:a libopus -ar 48000 -ac 2 -f whip -authorization ${quoted(push.key)} ${quoted(push.url)}`;
  }
}

export interface Credentials {
  readonly address: string;
  readonly username: string;
  readonly password: string;
}

/** `rtsp://user:password@host/path` taken apart; null when no user is in it. A password may itself contain an @. */
export function takeCredentials(address: string): Credentials | null {
  const match = /^(rtsp:\/\/)([^:@/]+)(?::(.*))?@([^@]*)$/i.exec(address.trim());
  if (!match) return null;
  const [, scheme = "", username = "", password = "", rest = ""] = match;
  return { address: scheme + rest, username: plain(username), password: plain(password) };
}

/** Looks like an address that the server may take; it decides itself. */
export function isRtspAddress(address: string): boolean {
  return /^rtsp:\/\/[^\s/]+/i.test(address.trim());
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
