import type { Clock } from "./clock";

/** A path that is "disconnected" often mends itself; asking for a restart sooner only adds traffic. */
const RESTART_AFTER_MS = 1_500;
const RESTART_EVERY_MS = 3_000;
const REBUILD_AFTER_MS = 10_000;

export interface IceActions {
  /** New ICE credentials on the same connection. */
  restart(): void;
  /** The connection could not be saved: make a new one. */
  rebuild(): void;
}

/**
 * Decides from a connection's state when to restart its ICE and when to give it up. One per PeerConnection. Stopped
 * while the socket is away (nobody would hear the offer) and told the state again when it is back.
 */
export class IceWatch {
  private cancels: (() => void)[] = [];
  private broken = false;

  constructor(
    private readonly clock: Clock,
    private readonly actions: IceActions,
  ) {}

  /** Called with every `connectionstatechange`. */
  state(state: RTCPeerConnectionState): void {
    if (state === "connected" || state === "closed") {
      this.stop();
    } else if ((state === "disconnected" || state === "failed") && !this.broken) {
      this.broken = true;
      this.restartIn(state === "failed" ? 0 : RESTART_AFTER_MS);
      this.later(REBUILD_AFTER_MS, () => {
        this.stop();
        this.actions.rebuild();
      });
    }
  }

  stop(): void {
    for (const cancel of this.cancels) cancel();
    this.cancels = [];
    this.broken = false;
  }

  private restartIn(delayMs: number): void {
    this.later(delayMs, () => {
      this.actions.restart();
      this.restartIn(RESTART_EVERY_MS);
    });
  }

  private later(delayMs: number, task: () => void): void {
    this.cancels.push(this.clock.after(delayMs, task));
  }
}
