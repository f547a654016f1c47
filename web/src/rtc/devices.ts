/** Why a camera, microphone or screen could not be had; each has its sentence and cure in the dictionaries. */
export type DeviceProblem = "denied" | "missing" | "busy" | "insecure" | "unsupported" | "failed";

export type Opened = { readonly track: MediaStreamTrack } | { readonly problem: DeviceProblem };

export type OpenedScreen =
  | { readonly video: MediaStreamTrack; readonly audio: MediaStreamTrack | null }
  | { readonly problem: DeviceProblem };

export interface DeviceChoice {
  readonly id: string;
  readonly label: string;
}

export interface DeviceList {
  readonly cameras: readonly DeviceChoice[];
  readonly microphones: readonly DeviceChoice[];
  readonly speakers: readonly DeviceChoice[];
}

export const NO_DEVICES: DeviceList = { cameras: [], microphones: [], speakers: [] };

/** The `name` of the exception of getUserMedia and getDisplayMedia, as browsers really throw it. */
export function problemOf(error: unknown): DeviceProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
      return "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "busy";
    case "SecurityError":
      return "insecure";
    default:
      return "failed";
  }
}

const exactly = (id: string | null): MediaTrackConstraints => (id === null ? {} : { deviceId: { exact: id } });

const videoFrom = (id: string | null): MediaTrackConstraints => ({
  ...exactly(id),
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
});

const audioFrom = (id: string | null): MediaTrackConstraints => ({
  ...exactly(id),
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
});

const firstOf = ([track]: readonly MediaStreamTrack[]): Opened => (track ? { track } : { problem: "failed" });

/** Cameras, microphones and screens of this browser. `secure`: the page's context, without which there are none. */
export class Devices {
  constructor(
    private readonly media: MediaDevices | undefined,
    private readonly secure: boolean,
  ) {}

  openCamera(id: string | null): Promise<Opened> {
    return this.open((media) => media.getUserMedia({ video: videoFrom(id) }));
  }

  openMicrophone(id: string | null): Promise<Opened> {
    return this.open((media) => media.getUserMedia({ audio: audioFrom(id) }));
  }

  /** Both with one question to the person; when that fails, each alone, so that one missing device costs only itself. */
  async openBoth(
    withCamera: boolean,
    cameraId: string | null,
    microphoneId: string | null,
  ): Promise<{ readonly camera: Opened | null; readonly microphone: Opened }> {
    if (!withCamera || !this.media) {
      const microphone = await this.openMicrophone(microphoneId);
      return { camera: withCamera ? microphone : null, microphone };
    }
    try {
      const stream = await this.media.getUserMedia({ video: videoFrom(cameraId), audio: audioFrom(microphoneId) });
      return { camera: firstOf(stream.getVideoTracks()), microphone: firstOf(stream.getAudioTracks()) };
    } catch {
      const microphone = await this.openRemembered(microphoneId, (id) => this.openMicrophone(id));
      return { camera: await this.openRemembered(cameraId, (id) => this.openCamera(id)), microphone };
    }
  }

  get canShare(): boolean {
    return typeof this.media?.getDisplayMedia === "function";
  }

  /** The picture and, where the browser offers it, the sound of a screen, window or tab. */
  async openScreen(): Promise<OpenedScreen> {
    if (!this.media || !this.canShare) return { problem: this.secure ? "unsupported" : "insecure" };
    try {
      const stream = await this.media.getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } }, audio: true });
      const video = stream.getVideoTracks()[0];
      if (!video) return { problem: "failed" };
      video.contentHint = "detail";
      return { video, audio: stream.getAudioTracks()[0] ?? null };
    } catch (error) {
      return { problem: problemOf(error) };
    }
  }

  /** Labels are empty until one permission was given; such devices are left out, they cannot be told apart. */
  async list(): Promise<DeviceList> {
    if (!this.media) return NO_DEVICES;
    const found = await this.media.enumerateDevices().catch(() => []);
    const of = (kind: MediaDeviceKind): DeviceChoice[] =>
      found
        .filter((one) => one.kind === kind && one.deviceId !== "" && one.label !== "")
        .map((one) => ({ id: one.deviceId, label: one.label }));
    return { cameras: of("videoinput"), microphones: of("audioinput"), speakers: of("audiooutput") };
  }

  /** Calls `changed` when a device is plugged in or pulled; the returned function ends that. */
  watch(changed: () => void): () => void {
    this.media?.addEventListener("devicechange", changed);
    return () => {
      this.media?.removeEventListener("devicechange", changed);
    };
  }

  /** A device chosen last week may be gone: then the default one. */
  private async openRemembered(id: string | null, open: (id: string | null) => Promise<Opened>): Promise<Opened> {
    const first = await open(id);
    return "problem" in first && first.problem === "missing" && id !== null ? open(null) : first;
  }

  private async open(ask: (media: MediaDevices) => Promise<MediaStream>): Promise<Opened> {
    if (!this.media) return { problem: this.secure ? "unsupported" : "insecure" };
    try {
      return firstOf((await ask(this.media)).getTracks());
    } catch (error) {
      return { problem: problemOf(error) };
    }
  }
}
