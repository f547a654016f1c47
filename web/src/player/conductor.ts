import { Store } from "../model/store";
import type { Clock } from "../rtc/clock";
import type { Deck, OpenDeck } from "./deck";
import { LanePlayer, type Address, type Beat } from "./lane-player";
import { Master } from "./master";
import { isPresent, type Lane, type Timeline } from "./timeline";

/** Why a track does not play although it should. */
export type Failure = "codec" | "missing" | "network" | "refused";
/** "expired": only its address was too old. */
export type Verdict = Failure | "expired";

export interface LaneView<D> {
  readonly deck: D | null;
  readonly failure: Failure | null;
  /** Too many play at once: this one waits until it is chosen. */
  readonly left: boolean;
}

export interface PlayerView<D> {
  /** What the person wants. */
  readonly playing: boolean;
  /** It should go on, but something is not there yet. */
  readonly waiting: boolean;
  readonly rate: number;
  readonly lanes: ReadonlyMap<string, LaneView<D>>;
}

export interface ConductorDeps<D extends Deck> {
  readonly clock: Clock;
  readonly open: OpenDeck<D>;
  /** Null: there is no address yet. */
  readonly addressOf: (segment: string) => Address | null;
  /** Finds out why a file does not play; "expired" when its address has been renewed since. */
  readonly diagnose: (segment: string) => Promise<Verdict>;
}

export interface Limits {
  readonly pictures: number;
  readonly sounds: number;
}

const BEAT_MS = 50;
const RESTING_MS = 250;
/** So long the others wait for one that is not there; then they go on without it. */
const PATIENCE_MS = 4_000;
const RETRY_MS = 3_000;
const RENEWALS = 2;

/** Plays the tracks of a recording in step on one clock. */
export class Conductor<D extends Deck> {
  readonly position: Store<number>;
  readonly view = new Store<PlayerView<D>>({ playing: false, waiting: false, rate: 1, lanes: new Map() });
  private readonly master: Master;
  private readonly players = new Map<string, LanePlayer<D>>();
  private readonly failures = new Map<string, Failure>();
  private readonly laggards = new Set<string>();
  private heldSinceMs: number | null = null;
  private favourite: string | null = null;
  private cancel: () => void = () => undefined;
  private closed = false;

  constructor(
    private timeline: Timeline,
    private readonly limits: Limits,
    private readonly deps: ConductorDeps<D>,
    atMs: number,
  ) {
    this.master = new Master(this.clamp(atMs));
    this.position = new Store(this.master.at(0));
    for (const lane of timeline.lanes) this.players.set(lane.id, new LanePlayer(lane, deps.open));
  }

  start(): void {
    this.closed = false;
    this.beat();
  }

  close(): void {
    this.closed = true;
    this.cancel();
    for (const player of this.players.values()) player.close();
  }

  play(playing: boolean): void {
    const again = playing && this.position.get() >= this.timeline.untilMs;
    if (again) this.master.seek(this.deps.clock.now(), this.timeline.fromMs);
    this.view.patch({ playing });
    this.laggards.clear();
    this.beat();
  }

  seek(atMs: number): void {
    this.master.seek(this.deps.clock.now(), this.clamp(atMs));
    this.laggards.clear();
    this.heldSinceMs = null;
    this.beat();
  }

  setRate(rate: number): void {
    this.master.setRate(this.deps.clock.now(), rate);
    this.view.patch({ rate });
    this.beat();
  }

  setVolume(track: string, volume: number): void {
    this.players.get(track)?.setVolume(volume);
  }

  /** This picture plays even where there are too many. */
  prefer(track: string | null): void {
    this.favourite = track;
    this.beat();
  }

  retry(track: string): void {
    this.failures.delete(track);
    this.players.get(track)?.retry();
    this.beat();
  }

  /** The recording has grown. */
  extend(timeline: Timeline): void {
    this.timeline = timeline;
    for (const lane of timeline.lanes) {
      const known = this.players.get(lane.id);
      if (known) known.extend(lane);
      else this.players.set(lane.id, new LanePlayer(lane, this.deps.open));
    }
    this.beat();
  }

  private clamp(atMs: number): number {
    return Math.max(this.timeline.fromMs, Math.min(this.timeline.untilMs, atMs));
  }

  private beat(): void {
    if (this.closed) return;
    this.cancel();
    const nowMs = this.deps.clock.now();
    const atMs = this.clamp(this.master.at(nowMs));
    if (atMs >= this.timeline.untilMs && this.master.running) this.view.patch({ playing: false });
    const wanted = this.wanted(atMs);
    const waiting = this.hold(nowMs, atMs, wanted);
    const running = this.view.get().playing && !waiting;
    if (running !== this.master.running) this.master.run(nowMs, running);
    for (const [id, player] of this.players) {
      player.follow(this.beatOf(id, nowMs, atMs, wanted));
      const fault = player.takeFault();
      if (fault) void this.explain(id, fault.segment);
    }
    this.position.set(atMs);
    this.show(waiting, wanted, atMs);
    this.cancel = this.deps.clock.after(this.view.get().playing ? BEAT_MS : RESTING_MS, () => {
      this.beat();
    });
  }

  private beatOf(id: string, nowMs: number, atMs: number, wanted: ReadonlySet<string>): Beat {
    const renewing = [...this.players.values()].filter((player) => player.renewing).length;
    return {
      nowMs,
      atMs,
      running: this.master.running,
      rate: this.master.rate,
      wanted: wanted.has(id),
      renew: renewing < RENEWALS,
      addressOf: this.deps.addressOf,
    };
  }

  /** The tracks that play at this time: all sounds and pictures as far as they are not too many. */
  private wanted(atMs: number): ReadonlySet<string> {
    const near = (lane: Lane): boolean => isPresent(lane, atMs) || isPresent(lane, atMs + 2_000);
    const present = this.timeline.lanes.filter(near);
    const first = present.filter((lane) => lane.id === this.favourite);
    const others = present.filter((lane) => lane.id !== this.favourite);
    const ordered = [...first, ...others];
    const pictures = ordered.filter((lane) => lane.track.kind === "video").slice(0, this.limits.pictures);
    const sounds = ordered.filter((lane) => lane.track.kind === "audio").slice(0, this.limits.sounds);
    return new Set([...pictures, ...sounds].map((lane) => lane.id));
  }

  /** Whether the clock has to stand because a track is not in place; a track that takes too long is not waited for. */
  private hold(nowMs: number, atMs: number, wanted: ReadonlySet<string>): boolean {
    if (!this.view.get().playing) {
      this.heldSinceMs = null;
      return false;
    }
    const late = [...this.players].filter(([id, player]) => !player.ready(this.beatOf(id, nowMs, atMs, wanted))).map(([id]) => id);
    for (const id of [...this.laggards]) if (!late.includes(id)) this.laggards.delete(id);
    const awaited = late.filter((id) => !this.laggards.has(id));
    if (awaited.length === 0) {
      this.heldSinceMs = null;
      return false;
    }
    this.heldSinceMs ??= nowMs;
    if (nowMs - this.heldSinceMs < PATIENCE_MS) return true;
    for (const id of awaited) this.laggards.add(id);
    this.heldSinceMs = null;
    return false;
  }

  private async explain(track: string, segment: string): Promise<void> {
    const verdict = await this.deps.diagnose(segment);
    if (this.closed) return;
    if (verdict === "expired") {
      this.retry(track);
      return;
    }
    this.failures.set(track, verdict);
    if (verdict !== "network") return;
    this.deps.clock.after(RETRY_MS, () => {
      if (!this.closed && this.failures.get(track) === "network") this.retry(track);
    });
  }

  private show(waiting: boolean, wanted: ReadonlySet<string>, atMs: number): void {
    const before = this.view.get();
    const lanes = new Map<string, LaneView<D>>();
    let same = before.lanes.size === this.players.size && before.waiting === waiting;
    for (const lane of this.timeline.lanes) {
      const player = this.players.get(lane.id);
      const failure = player?.broken == null ? null : (this.failures.get(lane.id) ?? null);
      const view = { deck: player?.deck ?? null, failure, left: isPresent(lane, atMs) && !wanted.has(lane.id) };
      const old = before.lanes.get(lane.id);
      same &&= old?.deck === view.deck && old.failure === view.failure && old.left === view.left;
      lanes.set(lane.id, view);
    }
    if (!same) this.view.patch({ waiting, lanes });
  }
}
