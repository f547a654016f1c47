/** What a small player needs of the browser and the server. */
export interface WhepDeps {
  readonly connect: () => RTCPeerConnection;
  readonly request: (path: string, init: RequestInit) => Promise<Response>;
}

export interface WhepTarget {
  readonly room: string;
  readonly participant: string;
  readonly token: string;
}

/** Our candidates are the machine's own addresses: they are there at once or not at all. */
const GATHER_MS = 1_000;

/** Plays one participant of a room by WHEP until closed; `media` is called with each track that arrives. */
export class Whep {
  private readonly connection: RTCPeerConnection;
  private session: string | null = null;
  private closed = false;

  constructor(
    private readonly deps: WhepDeps,
    private readonly target: WhepTarget,
    media: (track: MediaStreamTrack) => void,
    lost: () => void,
  ) {
    this.connection = deps.connect();
    this.connection.ontrack = (event) => {
      media(event.track);
    };
    this.connection.onconnectionstatechange = () => {
      if (this.connection.connectionState === "failed") lost();
    };
  }

  /** Throws when the server refuses or is not reached. */
  async start(): Promise<void> {
    const { connection, target } = this;
    connection.addTransceiver("video", { direction: "recvonly" });
    connection.addTransceiver("audio", { direction: "recvonly" });
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    const path = `/whep/${encodeURIComponent(target.room)}?participant=${encodeURIComponent(target.participant)}`;
    const response = await this.deps.request(path, {
      method: "POST",
      headers: { ...this.authorization(), "Content-Type": "application/sdp" },
      body: connection.localDescription?.sdp ?? "",
    });
    if (!response.ok) throw new Error(`whep ${String(response.status)}`);
    this.session = response.headers.get("Location");
    const sdp = await response.text();
    if (this.closed) await this.end();
    else await connection.setRemoteDescription({ type: "answer", sdp });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    // In this order: a connection that says goodbye by itself takes its session with it, and the request finds none.
    void this.end().finally(() => {
      this.connection.close();
    });
  }

  private async end(): Promise<void> {
    const session = this.session;
    if (session === null) return;
    this.session = null;
    // keepalive: also when the page goes away.
    await this.deps
      .request(session, { method: "DELETE", headers: this.authorization(), keepalive: true })
      .catch(() => undefined);
  }

  private authorization(): Record<string, string> {
    return { Authorization: `Bearer ${this.target.token}` };
  }
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      connection.removeEventListener("icegatheringstatechange", changed);
      resolve();
    };
    const changed = (): void => {
      if (connection.iceGatheringState === "complete") done();
    };
    const timer = setTimeout(done, GATHER_MS);
    connection.addEventListener("icegatheringstatechange", changed);
  });
}
