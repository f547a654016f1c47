import type { Clock } from "./clock";

/** udp: media flows as it should; tcp: it flows, with more delay on a bad network; blocked: sound and picture cannot. */
export type Verdict = "udp" | "tcp" | "blocked" | "unknown";
export type Transport = "udp" | "tcp";

const WITHIN_MS = 6_000;

export interface ProbeDeps {
  readonly clock: Clock;
  readonly connect: () => RTCPeerConnection;
  /** Asks the server to answer an offer over one transport only; rejects when it cannot be asked. */
  readonly ask: (sdp: string, transport: Transport) => Promise<string>;
}

type Path = "open" | "closed" | "unknown";

async function tryPath(deps: ProbeDeps, transport: Transport): Promise<Path> {
  let connection: RTCPeerConnection;
  try {
    connection = deps.connect();
  } catch {
    return "unknown";
  }
  try {
    connection.addTransceiver("audio", { direction: "recvonly" });
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    const sdp = await deps.ask(connection.localDescription?.sdp ?? offer.sdp ?? "", transport);
    const reached = reach(connection, deps.clock);
    await connection.setRemoteDescription({ type: "answer", sdp });
    return (await reached) ? "open" : "closed";
  } catch {
    return "unknown";
  } finally {
    connection.oniceconnectionstatechange = null;
    connection.close();
  }
}

function reach(connection: RTCPeerConnection, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(WITHIN_MS, () => {
      resolve(false);
    });
    connection.oniceconnectionstatechange = () => {
      const state = connection.iceConnectionState;
      if (state !== "connected" && state !== "completed" && state !== "failed") return;
      cancel();
      resolve(state !== "failed");
    };
  });
}

/**
 * Tries both ways with real ICE at the same time; a working UDP path is told at once. A server that does not offer one
 * of the two cannot be asked about it: then the other alone decides.
 */
export async function probe(deps: ProbeDeps): Promise<Verdict> {
  const udp = tryPath(deps, "udp");
  const tcp = tryPath(deps, "tcp");
  if ((await udp) === "open") return "udp";
  if ((await tcp) === "open") return "tcp";
  return (await udp) === "closed" || (await tcp) === "closed" ? "blocked" : "unknown";
}
