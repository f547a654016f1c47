import type { PublishAnswer, PublishOffer, PublishTrack, TrackSource } from "../protocol/generated";
import { preferCodec, preferRedundantAudio, type VideoCodec } from "./codecs";
import { encodingsFor } from "./encodings";
import { Serial } from "./queue";

export interface UpDeps {
  readonly connect: () => RTCPeerConnection;
  readonly videoCodec: VideoCodec;
  /** What this browser can handle, for the codec order; empty when it does not tell. */
  readonly videoCapabilities: () => readonly RTCRtpCodec[];
  readonly audioCapabilities: () => readonly RTCRtpCodec[];
  /** Offer numbers go on over rebuilt connections, so that a late answer never meets the wrong offer. */
  readonly nextOffer: () => number;
}

export interface UpEvents {
  offer(message: PublishOffer): void;
  mute(track: string, muted: boolean): void;
  state(state: RTCPeerConnectionState): void;
  /** This connection cannot be negotiated any further. */
  broken(error: unknown): void;
}

interface Slot {
  readonly source: TrackSource;
  readonly transceiver: RTCRtpTransceiver;
  sending: boolean;
  muted: boolean;
  /** The id the server gave it, null until the first answer. */
  track: string | null;
  /** What the server was told last. */
  told: boolean;
}

/** The connection that sends: this side offers, the server answers. One transceiver per source, reused for ever. */
export class Up {
  readonly connection: RTCPeerConnection;
  private readonly slots = new Map<TrackSource, Slot>();
  private readonly serial: Serial;
  private outstanding: number | null = null;
  private closed = false;
  /** An offer that is asked for but not begun: what changes until then goes into the same one. */
  private queued: { iceRestart: boolean } | null = null;

  constructor(
    private readonly deps: UpDeps,
    private readonly events: UpEvents,
  ) {
    this.connection = deps.connect();
    this.serial = new Serial((error) => {
      if (!this.closed) events.broken(error);
    });
    this.connection.onconnectionstatechange = () => {
      events.state(this.connection.connectionState);
    };
  }

  /** Sends `track` as `source`; null sends nothing under the same track id (camera off, its light out). */
  publish(source: TrackSource, track: MediaStreamTrack | null, muted: boolean): void {
    const slot = this.slots.get(source);
    if (!slot && !track) return;
    if (slot?.sending) {
      this.serial.run(() => slot.transceiver.sender.replaceTrack(track));
      this.tell(slot, muted);
      return;
    }
    if (slot) {
      slot.sending = true;
      slot.muted = slot.told = muted;
      slot.transceiver.direction = "sendonly";
      this.serial.run(() => slot.transceiver.sender.replaceTrack(track));
    } else if (track) {
      this.add(source, track, muted);
    }
    this.negotiate(false);
  }

  /** Ends the track for everybody; its transceiver waits for the next one. */
  unpublish(source: TrackSource): void {
    const slot = this.slots.get(source);
    if (!slot?.sending) return;
    slot.sending = false;
    slot.track = null;
    slot.transceiver.direction = "inactive";
    this.serial.run(() => slot.transceiver.sender.replaceTrack(null));
    this.negotiate(false);
  }

  restart(): void {
    if (this.slots.size > 0) this.negotiate(true);
  }

  /** The socket is back on the same seat: what may have been lost with it is said again. */
  resync(): void {
    if (this.outstanding !== null) this.negotiate(false);
    for (const slot of this.slots.values()) {
      if (slot.track !== null) this.events.mute(slot.track, slot.muted);
    }
  }

  answered(message: PublishAnswer): void {
    this.serial.run(async () => {
      if (this.closed || message.offer !== this.outstanding) return;
      this.outstanding = null;
      await this.connection.setRemoteDescription({ type: "answer", sdp: message.sdp });
      for (const { mid, track } of message.tracks) {
        const slot = [...this.slots.values()].find((one) => one.transceiver.mid === mid);
        if (!slot?.sending) continue;
        slot.track = track;
        if (slot.told !== slot.muted) this.tell(slot, slot.muted);
      }
    });
  }

  /** The server did not take the offer: go back to what was agreed before. */
  refused(): void {
    this.serial.run(async () => {
      if (this.closed || this.outstanding === null) return;
      this.outstanding = null;
      await this.connection.setLocalDescription({ type: "rollback" });
    });
  }

  /** Resolves when every step asked for so far is done. */
  idle(): Promise<void> {
    return this.serial.idle();
  }

  /** What goes out on m-section `mid` now. */
  sourceOf(mid: string | null): TrackSource | null {
    return [...this.slots.values()].find((slot) => slot.sending && slot.transceiver.mid === mid)?.source ?? null;
  }

  close(): void {
    this.closed = true;
    this.connection.onconnectionstatechange = null;
    this.connection.close();
  }

  private add(source: TrackSource, track: MediaStreamTrack, muted: boolean): void {
    const height = track.getSettings().height ?? 0;
    const transceiver = this.connection.addTransceiver(track, {
      direction: "sendonly",
      sendEncodings: encodingsFor(source, height),
    });
    this.order(
      transceiver,
      track.kind === "video"
        ? preferCodec(this.deps.videoCapabilities(), this.deps.videoCodec)
        : preferRedundantAudio(this.deps.audioCapabilities()),
    );
    this.slots.set(source, { source, transceiver, sending: true, muted, track: null, told: muted });
  }

  private order(transceiver: RTCRtpTransceiver, codecs: RTCRtpCodec[]): void {
    if (codecs.length === 0) return;
    try {
      transceiver.setCodecPreferences(codecs);
    } catch {
      // A browser that refuses the list keeps its own order; the server takes any codec of ours.
    }
  }

  private tell(slot: Slot, muted: boolean): void {
    slot.muted = muted;
    if (slot.track === null || slot.told === muted) return;
    slot.told = muted;
    this.events.mute(slot.track, muted);
  }

  private negotiate(iceRestart: boolean): void {
    if (this.queued) {
      this.queued.iceRestart ||= iceRestart;
      return;
    }
    const queued = { iceRestart };
    this.queued = queued;
    this.serial.run(async () => {
      this.queued = null;
      if (this.closed) return;
      const offer = await this.connection.createOffer(queued);
      await this.connection.setLocalDescription(offer);
      const number = this.deps.nextOffer();
      this.outstanding = number;
      const sdp = this.connection.localDescription?.sdp ?? offer.sdp ?? "";
      this.events.offer({ type: "publish-offer", offer: number, sdp, tracks: this.sending() });
    });
  }

  private sending(): PublishTrack[] {
    const tracks: PublishTrack[] = [];
    for (const slot of this.slots.values()) {
      const mid = slot.transceiver.mid;
      if (!slot.sending || mid === null) continue;
      slot.told = slot.muted;
      tracks.push({ mid, source: slot.source, muted: slot.muted });
    }
    return tracks;
  }
}
