import { EMPTY_ROOM, fold, noticesOf, type Notice, type RoomView } from "../model/room";
import { Store } from "../model/store";
import type { ServerMessage, Text } from "../protocol/generated";
import type { DeviceProblem, Devices } from "../rtc/devices";
import { Session, type Connections, type Entry, type Phase, type SessionDeps } from "../rtc/session";
import { StatsReader, type StatsView } from "../rtc/stats";
import type { Wish } from "../rtc/wants";
import type { LocalMedia, LocalState } from "./local";
import { Pictures } from "./pictures";
import { Sound } from "./sound";

export type Ending = { readonly kind: "left" } | { readonly kind: "goodbye"; readonly code: string; readonly text: Text };

export interface MeetingState {
  readonly phase: Phase;
  readonly connections: Connections;
  readonly view: RoomView;
  /** Tracks of the others that arrive, by track id. */
  readonly media: ReadonlyMap<string, MediaStreamTrack>;
  readonly sharing: boolean;
  readonly soundBlocked: boolean;
  readonly ending: Ending | null;
}

export interface MeetingDeps extends SessionDeps {
  readonly devices: Devices;
  readonly local: LocalMedia;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly resume: (token: string | null) => void;
}

/** One stay in one meeting: joins the session, this page's devices and what the view shows. */
export class Meeting {
  readonly state = new Store<MeetingState>({
    phase: "connecting",
    connections: { up: "new", down: "new" },
    view: EMPTY_ROOM,
    media: new Map(),
    sharing: false,
    soundBlocked: false,
    ending: null,
  });
  readonly pictures = new Pictures();
  private readonly sound = new Sound((soundBlocked) => {
    this.state.patch({ soundBlocked });
  });
  private readonly session: Session;
  private readonly noticeListeners = new Set<(notice: Notice) => void>();
  private readonly reader = new StatsReader();
  private screen: readonly MediaStreamTrack[] = [];
  private sent: Pick<LocalState, "camera" | "microphone" | "microphoneOn"> | null = null;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly deps: MeetingDeps,
    entry: Entry,
  ) {
    this.session = new Session(deps, entry, {
      message: (message) => {
        this.heard(message);
      },
      phase: (phase) => {
        this.state.patch({ phase });
      },
      connections: (connections) => {
        this.state.patch({ connections });
      },
      media: (media) => {
        this.arrived(media);
      },
      resume: deps.resume,
      ended: ({ code, text }) => {
        this.end({ kind: "goodbye", code, text });
      },
    });
  }

  start(): void {
    this.unsubscribe = this.deps.local.state.subscribe(() => {
      this.sendLocal();
    });
    this.sendLocal();
    this.session.start();
  }

  leave(): void {
    this.session.leave();
    this.end({ kind: "left" });
  }

  want(wishes: ReadonlyMap<string, Wish>): void {
    this.session.want(wishes);
  }

  remove(participant: string): void {
    this.session.remove(participant);
  }

  /** Holds a track back from everybody, or lets it go again. */
  block(track: string, blocked: boolean): void {
    this.session.block(track, blocked);
  }

  /** Has the room recorded, or no longer. */
  record(on: boolean): void {
    this.session.record(on);
  }

  online(): void {
    this.session.online();
  }

  offline(): void {
    this.session.offline();
  }

  unblockSound(): void {
    this.sound.unblock();
  }

  /** Starts sharing; null when it runs or the person changed their mind, else why it could not. */
  async share(): Promise<DeviceProblem | null> {
    if (this.screen.length > 0) return null;
    const opened = await this.deps.devices.openScreen();
    if ("problem" in opened) return opened.problem === "denied" ? null : opened.problem;
    const { video, audio } = opened;
    if (this.state.get().ending) {
      video.stop();
      audio?.stop();
      return null;
    }
    this.screen = audio ? [video, audio] : [video];
    video.onended = () => {
      this.stopSharing();
    };
    this.session.publish("screen", video, false);
    if (audio) this.session.publish("screen-audio", audio, false);
    this.state.patch({ sharing: true });
    return null;
  }

  /** The screen that this page shares, or null. */
  ownScreen(): MediaStreamTrack | null {
    return this.screen[0] ?? null;
  }

  stopSharing(): void {
    if (this.screen.length === 0) return;
    for (const track of this.screen) track.stop();
    if (this.screen.length > 1) this.session.unpublish("screen-audio");
    this.session.unpublish("screen");
    this.screen = [];
    this.state.patch({ sharing: false });
  }

  stats(): Promise<StatsView> {
    return this.statsWith(this.reader);
  }

  /** Rates need two readings of the same reader: each watcher brings its own. */
  statsWith(reader: StatsReader): Promise<StatsView> {
    const { up, down, socketRoundTripMs } = this.session.parts();
    return reader.read(up, down, socketRoundTripMs);
  }

  /** Calls `listener` for what is worth a short message, until the returned function is called. */
  listen(listener: (notice: Notice) => void): () => void {
    this.noticeListeners.add(listener);
    return () => {
      this.noticeListeners.delete(listener);
    };
  }

  private tell(notice: Notice): void {
    for (const listener of this.noticeListeners) listener(notice);
  }

  private heard(message: ServerMessage): void {
    const before = this.state.get().view;
    for (const notice of noticesOf(before, message)) this.tell(notice);
    this.state.patch({ view: fold(before, message, this.deps.nowMs()) });
  }

  private arrived(media: ReadonlyMap<string, MediaStreamTrack>): void {
    const audio = new Map([...media].filter(([, track]) => track.kind === "audio"));
    this.sound.set(audio);
    this.pictures.keep(new Set([...media.keys(), OWN_CAMERA]));
    this.state.patch({ media });
  }

  private sendLocal(): void {
    const { camera, microphone, microphoneOn, speakerId } = this.deps.local.state.get();
    this.sound.setSink(speakerId);
    const before = this.sent;
    this.sent = { camera, microphone, microphoneOn };
    if (before?.camera !== camera) {
      if (camera || before?.camera) this.session.publish("camera", camera, camera === null);
    }
    const changed = before?.microphone !== microphone || before?.microphoneOn !== microphoneOn;
    if (changed && (microphone || before?.microphone)) {
      this.session.publish("microphone", microphone, !microphoneOn || microphone === null);
    }
  }

  private end(ending: Ending): void {
    this.unsubscribe();
    this.stopSharing();
    this.sound.set(new Map());
    this.pictures.keep(new Set());
    this.deps.local.stop();
    this.state.patch({ ending });
  }
}

/** The key of this page's own camera among the pictures. */
export const OWN_CAMERA = "own-camera";
