import type { Deck, DeckFault, OpenDeck } from "./deck";
import { JUMP_MS, steer } from "./steer";
import { nextPart, offsetMs, partAt, type Lane, type Part } from "./timeline";

/** Where a file is fetched. `serial` is another one when the address is renewed. */
export interface Address {
  readonly url: string;
  readonly serial: number;
}

/** One beat of the clock. Times of the recording, except `nowMs`. */
export interface Beat {
  readonly nowMs: number;
  readonly atMs: number;
  readonly running: boolean;
  readonly rate: number;
  /** False: this track is neither seen nor heard at the moment. */
  readonly wanted: boolean;
  /** The address of a file may be renewed now; few tracks at a time do it. */
  readonly renew: boolean;
  readonly addressOf: (segment: string) => Address | null;
}

interface Slot<D extends Deck> {
  readonly deck: D;
  part: Part;
  readonly serial: number;
  nudging: boolean;
  /** When the last jump was ordered; null: it has arrived. */
  jumpedAtMs: number | null;
}

/** The next file is opened this long before it is needed; milliseconds of real time. */
const PREFETCH_MS = 8_000;
/** A renewed element takes over when it is this close. */
const TAKEOVER_MS = 40;
const FIRST_LEAD_MS = 120;
const MOST_LEAD_MS = 1_500;

/** Plays one track: the file of now, and beside it the next one or the same under a renewed address. */
export class LanePlayer<D extends Deck> {
  /** The segment that does not play, until `retry`. */
  broken: string | null = null;
  private current: Slot<D> | null = null;
  private spare: Slot<D> | null = null;
  private volume = 1;
  /** How long a jump takes here: a jump while running aims so far ahead. */
  private leadMs = FIRST_LEAD_MS;

  constructor(
    private lane: Lane,
    private readonly open: OpenDeck<D>,
  ) {}

  get deck(): D | null {
    return this.current?.deck ?? null;
  }

  get renewing(): boolean {
    return this.spare !== null && this.spare.part.key === this.current?.part.key;
  }

  /** A recording that still runs has grown. */
  extend(lane: Lane): void {
    this.lane = lane;
  }

  setVolume(volume: number): void {
    this.volume = volume;
    this.current?.deck.setVolume(volume);
  }

  follow(beat: Beat): void {
    const part = beat.wanted ? partAt(this.lane, beat.atMs) : null;
    if (part && part.segment.id !== this.broken) this.play(part, beat);
    else this.rest(beat);
    this.prepare(part, beat);
  }

  /** In place, or nothing is to be played, or it never will. */
  ready(beat: Beat): boolean {
    const part = beat.wanted ? partAt(this.lane, beat.atMs) : null;
    if (!part || part.segment.id === this.broken) return true;
    const slot = this.current;
    if (!slot || slot.part.key !== part.key) return false;
    const { deck } = slot;
    if (deck.ended) return true;
    return deck.ready && !deck.seeking && Math.abs(deck.positionMs - offsetMs(part, beat.atMs)) <= JUMP_MS * Math.max(1, beat.rate);
  }

  /** The segment whose element gave up, and how; it is closed and not opened again before `retry`. */
  takeFault(): { readonly segment: string; readonly fault: DeckFault } | null {
    if (this.spare?.deck.fault) this.dropSpare();
    const fault = this.current?.deck.fault;
    if (!this.current || !fault) return null;
    const segment = this.current.part.segment.id;
    this.broken = segment;
    this.drop();
    return { segment, fault };
  }

  retry(): void {
    this.broken = null;
  }

  close(): void {
    this.drop();
    this.dropSpare();
  }

  private play(part: Part, beat: Beat): void {
    if (this.current?.part.key !== part.key) this.take(part, beat);
    const slot = this.current;
    if (!slot) return;
    slot.part = part;
    this.guide(slot, beat);
  }

  /** Makes `part` the current one, with the element that already has its file if there is one. */
  private take(part: Part, beat: Beat): void {
    if (this.spare?.part.key === part.key) {
      this.swap();
      return;
    }
    if (this.current?.part.segment.id === part.segment.id) return;
    this.drop();
    this.current = this.load(part, offsetMs(part, beat.atMs), beat);
    this.current?.deck.setVolume(this.volume);
  }

  private guide(slot: Slot<D>, beat: Beat): void {
    const { deck, part } = slot;
    if (deck.seeking) {
      deck.run(beat.running);
      return;
    }
    if (slot.jumpedAtMs !== null) {
      const tookMs = beat.nowMs - slot.jumpedAtMs;
      if (beat.running) this.leadMs = Math.min(MOST_LEAD_MS, (this.leadMs + tookMs) / 2);
      slot.jumpedAtMs = null;
    }
    const wantedMs = offsetMs(part, beat.atMs);
    const errorMs = deck.positionMs - wantedMs;
    // Its file ends a little before the index says: there is nothing to catch up with.
    const over = deck.ended && errorMs < 0 && errorMs > -2 * JUMP_MS;
    const way = over ? ({ kind: "leave" } as const) : steer(errorMs, beat.running, slot.nudging, beat.rate);
    if (way.kind === "jump") {
      deck.seek(wantedMs + (beat.running ? this.leadMs * beat.rate : 0));
      slot.jumpedAtMs = beat.nowMs;
    }
    slot.nudging = way.kind === "leave" ? slot.nudging : way.kind === "rate" && way.factor !== 1;
    if (way.kind === "rate") deck.setRate(beat.rate * way.factor);
    if (way.kind === "jump") deck.setRate(beat.rate);
    deck.run(beat.running && !over);
  }

  private rest(beat: Beat): void {
    if (!this.current) return;
    this.current.deck.run(false);
    // Within a hole the last picture stays; outside its time, or unwanted, the track holds nothing.
    const next = nextPart(this.lane, beat.atMs);
    if (!beat.wanted || !next || next.fromMs - beat.atMs > PREFETCH_MS * 4) this.drop();
  }

  private prepare(part: Part | null, beat: Beat): void {
    const next = beat.wanted ? nextPart(this.lane, beat.atMs) : null;
    const soon = next !== null && next.fromMs - beat.atMs < PREFETCH_MS * Math.max(1, beat.rate);
    if (soon && next.segment.id !== this.broken) this.cue(next, beat);
    else if (part && this.current && this.stale(this.current, part, beat)) this.renew(part, beat);
    else this.dropSpare();
  }

  private cue(next: Part, beat: Beat): void {
    if (this.spare?.part.key !== next.key) {
      this.dropSpare();
      this.spare = this.load(next, offsetMs(next, next.fromMs), beat);
    }
    if (this.spare) this.spare.part = next;
  }

  private stale(slot: Slot<D>, part: Part, beat: Beat): boolean {
    const address = beat.addressOf(part.segment.id);
    return address !== null && address.serial !== slot.serial && (beat.renew || this.renewing);
  }

  private renew(part: Part, beat: Beat): void {
    if (this.spare?.part.key !== part.key) {
      this.dropSpare();
      this.spare = this.load(part, offsetMs(part, beat.atMs), beat);
      return;
    }
    this.guide(this.spare, beat);
    const { deck } = this.spare;
    if (deck.ready && !deck.seeking && Math.abs(deck.positionMs - offsetMs(part, beat.atMs)) < TAKEOVER_MS * beat.rate) this.swap();
  }

  private load(part: Part, positionMs: number, beat: Beat): Slot<D> | null {
    const address = beat.addressOf(part.segment.id);
    if (!address) return null;
    const deck = this.open(this.lane.track.kind, address.url, positionMs);
    deck.setVolume(0);
    deck.setRate(beat.rate);
    return { deck, part, serial: address.serial, nudging: false, jumpedAtMs: null };
  }

  private swap(): void {
    this.current?.deck.close();
    this.current = this.spare;
    this.spare = null;
    this.current?.deck.setVolume(this.volume);
  }

  private drop(): void {
    this.current?.deck.close();
    this.current = null;
  }

  private dropSpare(): void {
    this.spare?.deck.close();
    this.spare = null;
  }
}
