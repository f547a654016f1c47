import {
  VERSION,
  type EditWall,
  type Goodbye,
  type Refused,
  type ReportWall,
  type ServerMessage,
  type TrackSource,
  type WatchWalls,
  type Welcome,
} from "../protocol/generated";
import type { Clock } from "./clock";
import type { VideoCodec } from "./codecs";
import { Down } from "./down";
import { IceWatch } from "./ice";
import { Link, type Wire } from "./socket";
import { Up } from "./up";
import { WantsKeeper, type Wish } from "./wants";

export interface SessionDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly openSocket: () => Wire;
  readonly connect: () => RTCPeerConnection;
  readonly videoCodec: VideoCodec;
  readonly videoCapabilities: () => readonly RTCRtpCodec[];
  readonly audioCapabilities: () => readonly RTCRtpCodec[];
}

export interface Entry {
  readonly token: string;
  readonly name: string;
  /** The seat of this tab before a reload, or null. */
  readonly resume: string | null;
  /** This page is a host's console for displays. */
  readonly console?: boolean;
}

export type Phase = "connecting" | "joined" | "reconnecting" | "ended";

export interface Connections {
  readonly up: RTCPeerConnectionState;
  readonly down: RTCPeerConnectionState;
}

export interface SessionEvents {
  message(message: ServerMessage): void;
  phase(phase: Phase): void;
  connections(states: Connections): void;
  media(tracks: ReadonlyMap<string, MediaStreamTrack>): void;
  /** Keep it for a reload of this tab; null: the seat is gone. */
  resume(token: string | null): void;
  ended(goodbye: Pick<Goodbye, "code" | "text">): void;
}

interface Local {
  readonly track: MediaStreamTrack | null;
  readonly muted: boolean;
}

/** One seat in one room: keeps the socket, both PeerConnections and the wishes alive until `leave` or a goodbye. */
export class Session {
  private readonly link: Link;
  private readonly wants: WantsKeeper;
  private readonly local = new Map<TrackSource, Local>();
  private readonly upWatch: IceWatch;
  private readonly downWatch: IceWatch;
  private up: Up | null = null;
  private down: Down | null = null;
  private resume: string | null;
  private phase: Phase = "connecting";
  private awaitingWelcome = false;
  private mediaAlive = false;
  private offers = 0;

  constructor(
    private readonly deps: SessionDeps,
    private readonly entry: Entry,
    private readonly events: SessionEvents,
  ) {
    this.resume = entry.resume;
    this.link = new Link(
      { clock: deps.clock, random: deps.random, open: deps.openSocket },
      {
        opened: () => {
          this.join();
        },
        message: (message) => {
          this.heard(message);
        },
        lost: () => {
          this.lost();
        },
      },
    );
    this.wants = new WantsKeeper(deps.clock, (message) => this.phase === "joined" && this.link.send(message));
    const rebuild = (): void => {
      this.rebuild();
    };
    this.upWatch = new IceWatch(deps.clock, { restart: () => this.up?.restart(), rebuild });
    this.downWatch = new IceWatch(deps.clock, { restart: () => this.link.send({ type: "restart-down" }), rebuild });
  }

  start(): void {
    this.link.start();
  }

  /** Sends `track` as `source` from now on; `null` with a published source sends nothing but keeps it in the room. */
  publish(source: TrackSource, track: MediaStreamTrack | null, muted: boolean): void {
    this.local.set(source, { track, muted });
    this.up?.publish(source, track, muted);
  }

  unpublish(source: TrackSource): void {
    this.local.delete(source);
    this.up?.unpublish(source);
  }

  want(wishes: ReadonlyMap<string, Wish>): void {
    this.wants.set(wishes);
  }

  remove(participant: string): void {
    this.link.send({ type: "remove", participant });
  }

  block(track: string, blocked: boolean): void {
    this.link.send({ type: "block", track, blocked });
  }

  record(on: boolean): void {
    this.link.send({ type: on ? "record-start" : "record-stop" });
  }

  /** What consoles and kiosks say. True when it left; state is said again after the next welcome. */
  tell(message: WatchWalls | EditWall | ReportWall): boolean {
    return this.phase === "joined" && this.link.send(message);
  }

  leave(): void {
    this.link.send({ type: "leave" });
    this.finish();
  }

  /** The browser tells that the network is back or another one. */
  online(): void {
    this.link.hurry();
    if (this.phase !== "joined") return;
    this.up?.restart();
    this.link.send({ type: "restart-down" });
  }

  offline(): void {
    this.link.drop();
  }

  /** What the statistics need: both connections and how their m-sections are called in the room. */
  parts(): { readonly up: Up | null; readonly down: Down | null; readonly socketRoundTripMs: number | null } {
    return { up: this.up, down: this.down, socketRoundTripMs: this.link.roundTripMs };
  }

  private join(): void {
    this.awaitingWelcome = true;
    const { token, name, console = false } = this.entry;
    const resume = this.resume;
    this.mediaAlive = this.mediaAlive && resume !== null;
    this.link.send({ type: "join", version: VERSION, token, name, resume, mediaAlive: this.mediaAlive, console });
  }

  private heard(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        this.events.message(message);
        this.welcomed(message);
        return;
      case "publish-answer":
        this.up?.answered(message);
        return;
      case "subscribe-offer":
        this.down?.offered(message);
        return;
      case "refused":
        this.refused(message);
        return;
      case "goodbye":
        if (!message.again) this.end(message);
        return;
      default:
        this.events.message(message);
    }
  }

  private welcomed(welcome: Welcome): void {
    this.resume = welcome.resume;
    this.events.resume(welcome.resume);
    if (!this.awaitingWelcome) {
      this.up?.resync();
      return;
    }
    this.awaitingWelcome = false;
    this.link.settled();
    if (welcome.resumed && this.mediaAlive) this.wake();
    else this.build();
    this.enter("joined");
    this.wants.resync();
  }

  /** The socket came back to living connections. */
  private wake(): void {
    this.up?.resync();
    if (this.up) this.upWatch.state(this.up.connection.connectionState);
    if (this.down) this.downWatch.state(this.down.connection.connectionState);
  }

  private build(): void {
    this.closeMedia();
    const states = (): void => {
      this.events.connections({
        up: this.up?.connection.connectionState ?? "new",
        down: this.down?.connection.connectionState ?? "new",
      });
    };
    this.down = new Down(this.deps.connect, {
      answer: (message) => this.link.send(message),
      media: (tracks) => {
        this.events.media(tracks);
      },
      state: (state) => {
        if (this.phase === "joined") this.downWatch.state(state);
        states();
      },
      broken: () => {
        this.rebuild();
      },
    });
    const nextOffer = (): number => ++this.offers;
    this.up = new Up({ ...this.deps, nextOffer }, this.upEvents(states));
    this.mediaAlive = true;
    for (const [source, { track, muted }] of this.local) this.up.publish(source, track, muted);
    states();
  }

  private upEvents(states: () => void): ConstructorParameters<typeof Up>[1] {
    return {
      offer: (message) => this.link.send(message),
      mute: (track, muted) => this.link.send({ type: "mute", track, muted }),
      state: (state) => {
        if (this.phase === "joined") this.upWatch.state(state);
        states();
      },
      broken: () => {
        this.rebuild();
      },
    };
  }

  private refused(message: Refused): void {
    if (this.awaitingWelcome) {
      this.end(message);
      return;
    }
    const { about, offer } = message;
    if (about === "publish-offer" && (typeof offer !== "number" || offer === this.offers)) this.up?.refused();
    this.events.message(message);
  }

  private lost(): void {
    this.upWatch.stop();
    this.downWatch.stop();
    this.awaitingWelcome = false;
    this.enter(this.phase === "connecting" ? "connecting" : "reconnecting");
  }

  /** Both connections anew, on the same seat. */
  private rebuild(): void {
    if (this.phase !== "joined") return;
    this.mediaAlive = false;
    this.link.drop();
  }

  private end(goodbye: Pick<Goodbye, "code" | "text">): void {
    this.finish();
    this.events.ended(goodbye);
  }

  private finish(): void {
    this.link.stop();
    this.wants.stop();
    this.upWatch.stop();
    this.downWatch.stop();
    this.closeMedia();
    this.events.resume(null);
    this.enter("ended");
  }

  private closeMedia(): void {
    this.up?.close();
    this.down?.close();
    this.up = this.down = null;
    this.events.media(new Map());
  }

  private enter(phase: Phase): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.events.phase(phase);
  }
}
