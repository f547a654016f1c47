import { realClock } from "../rtc/clock";
import { videoCodecFrom } from "../rtc/codecs";
import type { ProbeDeps } from "../rtc/probe";
import type { Wire } from "../rtc/socket";
import type { SessionDeps } from "../rtc/session";
import { claim, claimByAsking, readSeat, writeSeat, type Channel } from "../rtc/seat";
import { askProbe } from "./api";

/** No STUN or TURN server: the conference server answers ICE itself on its media port. */
export const connect = (): RTCPeerConnection => new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });

function openSocket(): Wire {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(`${scheme}//${location.host}/ws`) as Wire;
}

/** The real browser behind the session's small interfaces. */
export function sessionDeps(): SessionDeps {
  return {
    clock: realClock,
    random: Math.random,
    openSocket,
    connect,
    videoCodec: videoCodecFrom(location.search),
    videoCapabilities: () => RTCRtpReceiver.getCapabilities("video")?.codecs ?? [],
    audioCapabilities: () => RTCRtpReceiver.getCapabilities("audio")?.codecs ?? [],
  };
}

export function probeDeps(token: string): ProbeDeps {
  return { clock: realClock, connect, ask: (sdp, transport) => askProbe(token, sdp, transport) };
}

function randomId(): string {
  // randomUUID exists only on secure pages.
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function mayUse(seat: string): Promise<boolean> {
  const locks = (navigator as Partial<Navigator>).locks;
  if (locks) return claim(locks, realClock, seat);
  return claimByAsking(new BroadcastChannel("huishang-seat") as unknown as Channel, realClock, seat);
}

export interface Seat {
  /** The resume token of this tab before a reload, or null. */
  readonly resume: string | null;
  readonly save: (resume: string | null) => void;
}

/** This tab's seat in `room`: the one from before a reload when no other tab holds it, else a new one. */
export async function takeSeat(room: string): Promise<Seat> {
  const saved = readSeat(sessionStorage, room);
  const mine = saved !== null && (await mayUse(saved.seat)) ? saved : null;
  if (saved && !mine) writeSeat(sessionStorage, room, null);
  const seat = mine?.seat ?? randomId();
  if (!mine) await mayUse(seat);
  return {
    resume: mine?.resume ?? null,
    save: (resume) => {
      writeSeat(sessionStorage, room, resume === null ? null : { seat, resume });
    },
  };
}
