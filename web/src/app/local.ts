import { Store } from "../model/store";
import { NO_DEVICES, type DeviceList, type DeviceProblem, type Devices, type Opened } from "../rtc/devices";
import type { Preferences } from "./preferences";

export interface LocalState {
  readonly camera: MediaStreamTrack | null;
  readonly microphone: MediaStreamTrack | null;
  readonly cameraOn: boolean;
  readonly microphoneOn: boolean;
  /** A device is being opened now. */
  readonly opening: boolean;
  readonly cameraProblem: DeviceProblem | null;
  readonly microphoneProblem: DeviceProblem | null;
  readonly devices: DeviceList;
  readonly cameraId: string | null;
  readonly microphoneId: string | null;
  readonly speakerId: string | null;
}

/** This page's own camera and microphone, before and during the meeting. */
export class LocalMedia {
  readonly state: Store<LocalState>;
  private unwatch: () => void = () => undefined;

  constructor(
    private readonly devices: Devices,
    chosen: Preferences,
    private readonly remember: (change: Partial<Preferences>) => void,
  ) {
    const { cameraOn, microphoneOn, cameraId, microphoneId, speakerId } = chosen;
    this.state = new Store<LocalState>({
      camera: null,
      microphone: null,
      cameraOn,
      microphoneOn,
      opening: false,
      cameraProblem: null,
      microphoneProblem: null,
      devices: NO_DEVICES,
      cameraId,
      microphoneId,
      speakerId,
    });
  }

  /** Opens what is wanted; every failure leaves a problem to show and the rest working. */
  async start(): Promise<void> {
    this.unwatch();
    this.unwatch = this.devices.watch(() => void this.relist());
    this.state.patch({ opening: true });
    const { cameraOn, cameraId, microphoneId } = this.state.get();
    const opened = await this.devices.openBoth(cameraOn, cameraId, microphoneId);
    if (opened.camera) this.takeCamera(opened.camera);
    this.takeMicrophone(opened.microphone);
    this.state.patch({ opening: false });
    await this.relist();
  }

  async setCamera(on: boolean): Promise<void> {
    this.remember({ cameraOn: on });
    if (!on) {
      this.state.get().camera?.stop();
      this.state.patch({ camera: null, cameraOn: false, cameraProblem: null });
      return;
    }
    this.state.patch({ cameraOn: true });
    await this.openCamera();
  }

  async setMicrophone(on: boolean): Promise<void> {
    this.remember({ microphoneOn: on });
    this.state.patch({ microphoneOn: on });
    const { microphone } = this.state.get();
    if (microphone) microphone.enabled = on;
    else if (on) await this.openMicrophone();
  }

  async chooseCamera(cameraId: string | null): Promise<void> {
    this.remember({ cameraId });
    this.state.patch({ cameraId });
    if (this.state.get().cameraOn) await this.openCamera();
  }

  async chooseMicrophone(microphoneId: string | null): Promise<void> {
    this.remember({ microphoneId });
    this.state.patch({ microphoneId });
    await this.openMicrophone();
  }

  chooseSpeaker(speakerId: string | null): void {
    this.remember({ speakerId });
    this.state.patch({ speakerId });
  }

  stop(): void {
    this.unwatch();
    const { camera, microphone } = this.state.get();
    camera?.stop();
    microphone?.stop();
    this.state.patch({ camera: null, microphone: null });
  }

  private async openCamera(): Promise<void> {
    this.state.patch({ opening: true });
    // Phones hold only one camera at a time: the old one must go first.
    this.state.get().camera?.stop();
    this.takeCamera(await this.devices.openCamera(this.state.get().cameraId));
    this.state.patch({ opening: false });
    await this.relist();
  }

  private async openMicrophone(): Promise<void> {
    const before = this.state.get().microphone;
    this.takeMicrophone(await this.devices.openMicrophone(this.state.get().microphoneId));
    before?.stop();
    await this.relist();
  }

  private takeCamera(opened: Opened): void {
    if ("problem" in opened) {
      this.state.patch({ camera: null, cameraProblem: opened.problem, cameraOn: false });
      return;
    }
    const { track } = opened;
    if (!this.state.get().cameraOn) {
      track.stop();
      return;
    }
    track.onended = () => {
      if (this.state.get().camera === track) {
        this.state.patch({ camera: null, cameraProblem: "missing", cameraOn: false });
      }
    };
    this.state.patch({ camera: track, cameraProblem: null });
  }

  private takeMicrophone(opened: Opened): void {
    if ("problem" in opened) {
      this.state.patch({ microphone: null, microphoneProblem: opened.problem, microphoneOn: false });
      return;
    }
    const { track } = opened;
    track.enabled = this.state.get().microphoneOn;
    track.onended = () => {
      if (this.state.get().microphone === track) {
        this.state.patch({ microphone: null, microphoneProblem: "missing", microphoneOn: false });
      }
    };
    this.state.patch({ microphone: track, microphoneProblem: null });
  }

  private async relist(): Promise<void> {
    this.state.patch({ devices: await this.devices.list() });
  }
}
