import { EMPTY_ROOM, fold, type RoomView } from "../model/room";
import { Store } from "../model/store";
import { foldWalls, NO_WALLS, withoutDoubtful, type WallsView } from "../model/walls";
import type { ServerMessage } from "../protocol/generated";
import { Session, type Entry, type Phase, type SessionDeps } from "../rtc/session";
import type { Wish } from "../rtc/wants";
import { Edits, type Edit, type Failure } from "./console-edits";
import type { Ending } from "./meeting";

export interface ConsoleState {
  readonly phase: Phase;
  readonly view: RoomView;
  readonly walls: WallsView;
  /** Video of the others that arrives, by track id. */
  readonly media: ReadonlyMap<string, MediaStreamTrack>;
  readonly ending: Ending | null;
}

export interface ConsoleDeps extends SessionDeps {
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly resume: (token: string | null) => void;
}

/** All walls were told well before this after the connection came back. */
const DOUBT_FOR_MS = 3_000;

/** One console in one room: a seat without camera, microphone and sound that watches and edits the walls. */
export class Console {
  readonly state = new Store<ConsoleState>({
    phase: "connecting",
    view: EMPTY_ROOM,
    walls: NO_WALLS,
    media: new Map(),
    ending: null,
  });
  readonly edits: Edits;
  private readonly session: Session;
  private readonly failureListeners = new Set<(failure: Failure) => void>();
  private settle: () => void = () => undefined;

  constructor(
    private readonly deps: ConsoleDeps,
    entry: Entry,
  ) {
    this.edits = new Edits({
      clock: deps.clock,
      version: (wall) => this.state.get().walls.walls.get(wall)?.version ?? null,
      send: (message) => this.session.tell(message),
      failed: (failure) => {
        for (const listener of this.failureListeners) listener(failure);
      },
    });
    this.session = new Session(deps, entry, {
      message: (message) => {
        this.heard(message);
      },
      phase: (phase) => {
        this.entered(phase);
      },
      connections: () => undefined,
      media: (media) => {
        this.state.patch({ media: new Map([...media].filter(([, track]) => track.kind === "video")) });
      },
      resume: deps.resume,
      ended: ({ code, text }) => {
        this.state.patch({ ending: { kind: "goodbye", code, text } });
      },
    });
  }

  start(): void {
    this.session.start();
  }

  leave(): void {
    this.session.leave();
    this.state.patch({ ending: { kind: "left" } });
  }

  edit(wall: string, edit: Edit): void {
    this.edits.ask(wall, edit);
  }

  want(wishes: ReadonlyMap<string, Wish>): void {
    this.session.want(wishes);
  }

  online(): void {
    this.session.online();
  }

  offline(): void {
    this.session.offline();
  }

  /** Calls `listener` for every edit that was not done, until the returned function is called. */
  onFailure(listener: (failure: Failure) => void): () => void {
    this.failureListeners.add(listener);
    return () => {
      this.failureListeners.delete(listener);
    };
  }

  private entered(phase: Phase): void {
    this.state.patch({ phase });
    this.settle();
    if (phase !== "joined") {
      this.edits.lost();
      return;
    }
    this.session.tell({ type: "walls-watch", on: true });
    this.settle = this.deps.clock.after(DOUBT_FOR_MS, () => {
      this.state.update((state) => ({ ...state, walls: withoutDoubtful(state.walls) }));
    });
  }

  private heard(message: ServerMessage): void {
    const { view, walls } = this.state.get();
    const nowMs = this.deps.nowMs();
    this.state.patch({ view: fold(view, message, nowMs), walls: foldWalls(walls, message, nowMs) });
    if (message.type === "wall") this.edits.told(message);
    if (message.type === "refused" && message.about === "wall-edit") this.edits.refused(message);
  }
}
