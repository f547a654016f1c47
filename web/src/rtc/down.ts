import type { SubscribeAnswer, SubscribeOffer } from "../protocol/generated";
import { Serial } from "./queue";

export interface DownEvents {
  answer(message: SubscribeAnswer): void;
  /** All tracks that arrive now, by the id of the room. */
  media(tracks: ReadonlyMap<string, MediaStreamTrack>): void;
  state(state: RTCPeerConnectionState): void;
  broken(error: unknown): void;
}

/** The connection that receives: the server offers, this side answers. M-sections are recycled by the server. */
export class Down {
  readonly connection: RTCPeerConnection;
  private readonly serial: Serial;
  private readonly trackOfMid = new Map<string, string>();
  private closed = false;

  constructor(
    connect: () => RTCPeerConnection,
    private readonly events: DownEvents,
  ) {
    this.connection = connect();
    this.serial = new Serial((error) => {
      if (!this.closed) events.broken(error);
    });
    this.connection.onconnectionstatechange = () => {
      events.state(this.connection.connectionState);
    };
  }

  offered(message: SubscribeOffer): void {
    this.serial.run(async () => {
      if (this.closed) return;
      await this.connection.setRemoteDescription({ type: "offer", sdp: message.sdp });
      const answer = await this.connection.createAnswer();
      await this.connection.setLocalDescription(answer);
      const sdp = this.connection.localDescription?.sdp ?? answer.sdp ?? "";
      this.events.answer({ type: "subscribe-answer", offer: message.offer, sdp });
      this.trackOfMid.clear();
      for (const { mid, track } of message.tracks) this.trackOfMid.set(mid, track);
      this.events.media(this.media());
    });
  }

  /** The room's id of what arrives on m-section `mid`. */
  trackOf(mid: string | null): string | null {
    return mid === null ? null : (this.trackOfMid.get(mid) ?? null);
  }

  /** Resolves when every step asked for so far is done. */
  idle(): Promise<void> {
    return this.serial.idle();
  }

  close(): void {
    this.closed = true;
    this.connection.onconnectionstatechange = null;
    this.connection.close();
  }

  private media(): Map<string, MediaStreamTrack> {
    const tracks = new Map<string, MediaStreamTrack>();
    for (const transceiver of this.connection.getTransceivers()) {
      const track = this.trackOf(transceiver.mid);
      if (track !== null) tracks.set(track, transceiver.receiver.track);
    }
    return tracks;
  }
}
