import type { Clock } from "../src/rtc/clock";
import type { Wire } from "../src/rtc/socket";

/** A clock that only moves when told; timers run in order of their time. */
export class FakeClock implements Clock {
  private time = 0;
  private timers: { at: number; task: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.time + delayMs, task };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  get waiting(): number {
    return this.timers.length;
  }

  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.time = next.at;
      next.task();
    }
    this.time = end;
  }
}

export type Sent = Record<string, unknown> & { readonly type: string };

export class FakeWire implements Wire {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly sent: Sent[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(): void {
    this.closed = true;
  }

  hear(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  of(type: string): Sent[] {
    return this.sent.filter((one) => one.type === type);
  }
}

export class FakeTrack {
  enabled = true;
  stopped = false;
  onended: (() => void) | null = null;

  constructor(
    readonly kind: "audio" | "video",
    readonly height = 720,
  ) {}

  getSettings(): MediaTrackSettings {
    return { height: this.height };
  }

  stop(): void {
    this.stopped = true;
  }

  get media(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

export class FakeTransceiver {
  mid: string | null = null;
  sending: unknown;
  preferences: readonly RTCRtpCodec[] | null = null;
  readonly receiver = { track: { kind: "video" } };

  constructor(
    track: unknown,
    public direction: string,
    readonly encodings: readonly RTCRtpEncodingParameters[],
  ) {
    this.sending = track;
  }

  readonly sender = {
    replaceTrack: (track: unknown): Promise<void> => {
      this.sending = track;
      return Promise.resolve();
    },
  };

  setCodecPreferences(codecs: readonly RTCRtpCodec[]): void {
    this.preferences = codecs;
  }
}

/** The signalling half of a PeerConnection: mids, states, which descriptions were set. */
export class FakeConnection {
  connectionState: RTCPeerConnectionState = "new";
  iceConnectionState: RTCIceConnectionState = "new";
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  localDescription: { sdp: string } | null = null;
  readonly transceivers: FakeTransceiver[] = [];
  readonly remote: string[] = [];
  readonly restarts: boolean[] = [];
  rollbacks = 0;
  closed = false;

  addTransceiver(track: unknown, init: { direction: string; sendEncodings?: RTCRtpEncodingParameters[] }): FakeTransceiver {
    const transceiver = new FakeTransceiver(track, init.direction, init.sendEncodings ?? []);
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }

  createOffer(options?: { iceRestart?: boolean }): Promise<{ type: "offer"; sdp: string }> {
    this.restarts.push(options?.iceRestart ?? false);
    return Promise.resolve({ type: "offer", sdp: "offer" });
  }

  createAnswer(): Promise<{ type: "answer"; sdp: string }> {
    return Promise.resolve({ type: "answer", sdp: "answer" });
  }

  setLocalDescription(description: { type: string; sdp?: string }): Promise<void> {
    if (description.type === "rollback") {
      this.rollbacks += 1;
      return Promise.resolve();
    }
    this.localDescription = { sdp: description.sdp ?? "" };
    this.transceivers.forEach((one, index) => {
      one.mid ??= String(index);
    });
    return Promise.resolve();
  }

  setRemoteDescription(description: { sdp: string }): Promise<void> {
    if (description.sdp === "bad") return Promise.reject(new Error("bad description"));
    this.remote.push(description.sdp);
    return Promise.resolve();
  }

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  becomeIce(state: RTCIceConnectionState): void {
    this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
  }

  close(): void {
    this.closed = true;
    this.connectionState = "closed";
  }

  get connection(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection;
  }
}

/** Lets queued promises run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}
