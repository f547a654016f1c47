import { EMPTY_ROOM, fold, type RoomView } from "../model/room";
import { Store } from "../model/store";
import type { SeenPane, ServerMessage, Wall } from "../protocol/generated";
import { backoffMs } from "../rtc/backoff";
import { Session, type Phase, type SessionDeps } from "../rtc/session";
import type { Wish } from "../rtc/wants";
import { Sound } from "./sound";
import type { Device } from "./wall-device";
import { Pairing, type PairingDeps, type PairingView } from "./wall-pairing";
import type { Renewal } from "./wall-renew";
import { Siren } from "./wall-siren";

export interface KioskState {
  readonly stage: "starting" | "pairing" | "wall";
  readonly pairing: PairingView;
  /** This display was a wall and is none any more. */
  readonly revoked: boolean;
  readonly device: Device | null;
  readonly phase: Phase;
  /** Since when the server is away, page's wall clock; null: it is there. */
  readonly awaySinceMs: number | null;
  /** The server answers but does not let this wall in. */
  readonly trouble: "elsewhere" | "ended" | null;
  readonly view: RoomView;
  readonly media: ReadonlyMap<string, MediaStreamTrack>;
  readonly wall: Wall | null;
  readonly soundBlocked: boolean;
}

export interface KioskDeps {
  readonly session: SessionDeps;
  readonly pairing: Omit<PairingDeps, "clock" | "random" | "nowMs">;
  readonly nowMs: () => number;
  readonly createContext: () => AudioContext;
  readonly renewal: Pick<Renewal, "check" | "reload">;
  readonly readDevice: () => Device | null;
  readonly writeDevice: (device: Device | null) => void;
}

/** The server does not know this token (any more): only a new pairing helps. */
const FORGET: ReadonlySet<string> = new Set(["wall-revoked", "wall-not-found", "token-invalid", "token-revoked", "token-expired"]);
const TAKEN = "seat-replaced";
/** Two pages with the same token would throw each other out for ever. */
const TAKEN_PAUSE_MS = 30_000;
const NO_PAIRING: PairingView = { code: null, expiresAtMs: 0, away: false };

/** One display: pairs, joins, stays, and comes back from everything without a hand. */
export class Kiosk {
  readonly state: Store<KioskState>;
  private readonly sound: Sound;
  private readonly siren: Siren;
  private session: Session | null = null;
  private pairing: Pairing | null = null;
  private attempt = 0;
  private cancel: (() => void) | null = null;

  constructor(private readonly deps: KioskDeps) {
    this.state = new Store<KioskState>({
      stage: "starting",
      pairing: NO_PAIRING,
      revoked: false,
      device: null,
      phase: "connecting",
      awaySinceMs: null,
      trouble: null,
      view: EMPTY_ROOM,
      media: new Map(),
      wall: null,
      soundBlocked: false,
    });
    const blocked = (soundBlocked: boolean): void => {
      this.state.patch({ soundBlocked });
    };
    this.sound = new Sound(blocked);
    this.siren = new Siren(deps.createContext, blocked);
  }

  start(): void {
    const device = this.deps.readDevice();
    if (device) this.enter(device);
    else this.pair(false);
  }

  want(wishes: ReadonlyMap<string, Wish>): void {
    this.session?.want(wishes);
  }

  /** What the panes really show. */
  report(version: number, size: { readonly width: number; readonly height: number }, panes: readonly SeenPane[]): void {
    this.session?.tell({ type: "wall-report", version, ...size, panes });
  }

  online(): void {
    this.session?.online();
  }

  offline(): void {
    this.session?.offline();
  }

  /** Ends everything: for tests, and for a page that is put away. */
  stop(): void {
    this.cancel?.();
    this.pairing?.stop();
    this.session?.leave();
    this.session = null;
    this.siren.close();
    this.sound.set(new Map());
  }

  private pair(revoked: boolean): void {
    this.deps.writeDevice(null);
    const { clock, random } = this.deps.session;
    const pairing = new Pairing({ ...this.deps.pairing, clock, random, nowMs: this.deps.nowMs }, (device) => {
      this.pairing = null;
      this.deps.writeDevice(device);
      this.enter(device);
    });
    this.pairing = pairing;
    this.state.patch({ stage: "pairing", revoked, device: null, pairing: NO_PAIRING, wall: null, view: EMPTY_ROOM, trouble: null });
    pairing.state.subscribe(() => {
      this.state.patch({ pairing: pairing.state.get() });
    });
    pairing.start();
  }

  private enter(device: Device): void {
    this.state.patch({ stage: "wall", device, revoked: false, awaySinceMs: this.deps.nowMs() });
    const session = new Session(
      this.deps.session,
      { token: device.token, name: device.name, resume: null },
      {
        message: (message) => {
          if (this.session === session) this.heard(message);
        },
        phase: (phase) => {
          this.state.patch({ phase });
          if (phase !== "joined") this.state.update((old) => ({ ...old, awaySinceMs: old.awaySinceMs ?? this.deps.nowMs() }));
        },
        connections: () => undefined,
        media: (media) => {
          this.state.patch({ media });
          this.play();
        },
        resume: () => undefined,
        ended: ({ code }) => {
          if (this.session === session) this.ended(code, device);
        },
      },
    );
    this.session = session;
    session.start();
  }

  private heard(message: ServerMessage): void {
    const { view, device } = this.state.get();
    if (message.type === "wall") {
      if (device && device.wall !== "" && message.id !== device.wall) return;
      this.state.patch({ wall: message });
      this.siren.set(message.panes.flatMap((pane) => pane.alarm ?? []));
      this.play();
      return;
    }
    this.state.patch({ view: fold(view, message, this.deps.nowMs()) });
    if (message.type === "welcome") this.welcomed(message.resumed);
    else if (message.type === "updated" || message.type === "joined" || message.type === "left") this.play();
  }

  private welcomed(resumed: boolean): void {
    this.attempt = 0;
    this.state.patch({ awaySinceMs: null, trouble: null });
    // A server that does not know the seat was started anew: perhaps as a newer one.
    if (!resumed) void this.deps.renewal.check();
  }

  private ended(code: string, device: Device): void {
    this.session = null;
    this.siren.stop();
    if (FORGET.has(code)) {
      this.pair(true);
      return;
    }
    if (code === "version-unsupported") this.deps.renewal.reload();
    this.state.patch({ trouble: code === TAKEN ? "elsewhere" : "ended", awaySinceMs: this.deps.nowMs() });
    const { clock, random } = this.deps.session;
    const pauseMs = code === TAKEN ? TAKEN_PAUSE_MS : backoffMs(this.attempt++, random());
    this.cancel = clock.after(pauseMs, () => {
      this.cancel = null;
      this.enter(device);
    });
  }

  /** The sound that this wall is to play, of the tracks that arrive now. */
  private play(): void {
    const { wall, view, media } = this.state.get();
    const heard = new Map<string, MediaStreamTrack>();
    if (wall && !wall.muted) {
      for (const who of view.people.values()) {
        if (who.id === view.you || (wall.hears !== null && who.id !== wall.hears)) continue;
        for (const { id, kind } of who.tracks) {
          const track = kind === "audio" ? media.get(id) : undefined;
          if (track) heard.set(id, track);
        }
      }
    }
    this.sound.set(heard);
  }
}
