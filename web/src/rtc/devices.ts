/** Why a camera, microphone or screen could not be had; each has its sentence and cure in the dictionaries. */
export type DeviceProblem = "denied" | "missing" | "busy" | "insecure" | "unsupported" | "failed";

export type Opened = { readonly track: MediaStreamTrack } | { readonly problem: DeviceProblem };

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

/** Cameras, microphones and screens of this browser. `secure`: the page's context, without which there are none. */
export class Devices {
  constructor(
    private readonly media: MediaDevices | undefined,
    private readonly secure: boolean,
  ) {}

  openCamera(id: string | null): Promise<Opened> {
    const device = id === null ? {} : { deviceId: { exact: id } };
    const video = { ...device, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    return this.open((media) => media.getUserMedia({ video }));
  }

  openMicrophone(id: string | null): Promise<Opened> {
    const device = id === null ? {} : { deviceId: { exact: id } };
    const audio = { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return this.open((media) => media.getUserMedia({ audio }));
  }

  get canShare(): boolean {
    return typeof this.media?.getDisplayMedia === "function";
  }

  /** The picture and, where the browser offers it, the sound of a screen, window or tab. */
  async openScreen(): Promise<{ readonly video: MediaStreamTrack; readonly audio: MediaStreamTrack | null } | { readonly problem: DeviceProblem }> {
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

  private async open(ask: (media: MediaDevices) => Promise<MediaStream>): Promise<Opened> {
    if (!this.media) return { problem: this.secure ? "unsupported" : "insecure" };
    try {
      const track = (await ask(this.media)).getTracks()[0];
      return track ? { track } : { problem: "failed" };
    } catch (error) {
      return { problem: problemOf(error) };
    }
  }
}
