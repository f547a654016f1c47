import { arrangeFilms, FILM_KINDS, FILM_LAYOUTS, FILM_PRESETS, FILM_STATES, isUnfinished, type Film, type FilmScene, type FilmWish } from "../model/film";
import { Store } from "../model/store";
import type { Clock } from "../rtc/clock";
import { pathOf, query } from "./recordings-paths";
import { ApiError, call, record, text, timeMs, type Json } from "./rest";

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const filmPath = (recording: string, film: string): string => `${pathOf(recording)}/films/${encodeURIComponent(film)}`;

/** Where the MP4 is; `download`: as an attachment with a name. */
export function filmUrl(recording: string, film: string, ticket: string, download = false): string {
  return `${filmPath(recording, film)}/file${query({ ...(download ? { download: "1" } : {}), ticket })}`;
}

/** Null: there is none. */
function readFilmScene(value: unknown): FilmScene | null {
  const { id, name } = record(value);
  return typeof id === "string" && id !== "" ? { id, name: text(name) } : null;
}

export function readFilm(value: unknown): Film {
  const all = record(value);
  const { zh, en } = record(all["reason"]);
  return {
    id: text(all["id"]),
    // A state that this page is too old to know: nothing can be played, and nothing is waited for.
    state: FILM_STATES.find((one) => one === all["state"]) ?? "failed",
    kind: FILM_KINDS.find((one) => one === all["kind"]) ?? "asked",
    percent: Math.max(0, Math.min(100, number(all["percent"]))),
    speed: number(all["speed"]),
    remainingS: typeof all["remainingS"] === "number" ? Math.max(0, all["remainingS"]) : null,
    faults: number(all["faults"]),
    reason: typeof zh === "string" && typeof en === "string" ? { zh, en } : null,
    layout: FILM_LAYOUTS.find((one) => one === all["layout"]) ?? null,
    scene: readFilmScene(all["scene"]),
    width: number(all["width"]),
    height: number(all["height"]),
    fps: number(all["fps"]),
    preset: FILM_PRESETS.find((one) => one === all["preset"]) ?? "superfast",
    sound: all["sound"] === "opus" ? "opus" : "aac",
    labels: all["labels"] !== false,
    clock: all["clock"] !== false,
    fromMs: number(all["fromMs"]) || null,
    untilMs: number(all["untilMs"]) || null,
    bytes: number(all["bytes"]),
    durationMs: number(all["durationMs"]),
    askedAtMs: timeMs(all["askedAt"]) ?? 0,
    readyAtMs: timeMs(all["readyAt"]),
  };
}

/** The administrator's calls about the films of one recording. Every failure is an ApiError. */
export class FilmsApi {
  constructor(
    private readonly key: string,
    readonly recording: string,
  ) {}

  async list(): Promise<Film[]> {
    const { films } = record(await call("GET", `${pathOf(this.recording)}/films`, this.key));
    return arrangeFilms(Array.isArray(films) ? films.map(readFilm) : []);
  }

  async make(wish: FilmWish): Promise<Film> {
    const { fromMs, untilMs, scene, ...look } = wish;
    const span: Json = { ...(fromMs === null ? {} : { fromMs }), ...(untilMs === null ? {} : { untilMs }), ...(scene === null ? {} : { scene }) };
    return readFilm(await call("POST", `${pathOf(this.recording)}/films`, this.key, { ...look, ...span }));
  }

  /** Of the recording's room, by name. */
  async scenes(): Promise<FilmScene[]> {
    const room = text(record(await call("GET", pathOf(this.recording), this.key))["room"]);
    const { scenes } = record(await call("GET", `/api/v1/rooms/${encodeURIComponent(room)}/scenes`, this.key));
    return Array.isArray(scenes) ? scenes.map(readFilmScene).filter((one) => one !== null) : [];
  }

  /** Stops it while it is made; deletes it otherwise. */
  async remove(film: string): Promise<void> {
    await call("DELETE", filmPath(this.recording, film), this.key);
  }
}

const BUSY_MS = 1_000;
const IDLE_MS = 10_000;
const SLOWEST_MS = 30_000;

export interface FilmsState {
  /** Null: nothing came yet. */
  readonly films: readonly Film[] | null;
  readonly failure: unknown;
}

export interface FilmsDeps {
  readonly clock: Clock;
  readonly list: () => Promise<readonly Film[]>;
}

/** The films of one recording: every second while one is being made, else seldom. */
export class FilmsWatch {
  readonly state = new Store<FilmsState>({ films: null, failure: null });
  private cancel: () => void = () => undefined;
  private failures = 0;
  private round = 0;

  constructor(private readonly deps: FilmsDeps) {}

  start(): void {
    void this.ask();
  }

  stop(): void {
    this.round += 1;
    this.cancel();
  }

  /** Asks now: something was changed. */
  reload(): Promise<void> {
    return this.ask();
  }

  private async ask(): Promise<void> {
    this.cancel();
    const round = ++this.round;
    const state = await this.deps.list().then(
      (films) => ({ films, failure: null }),
      (failure: unknown) => ({ films: this.state.get().films, failure }),
    );
    if (round !== this.round) return;
    this.state.set(state);
    const { films, failure } = state;
    if (failure instanceof ApiError && failure.status === 401) return;
    this.failures = failure === null ? 0 : this.failures + 1;
    const pauseMs = films?.some(isUnfinished) ? BUSY_MS : IDLE_MS;
    this.cancel = this.deps.clock.after(Math.min(SLOWEST_MS, pauseMs * 2 ** Math.min(this.failures, 5)), () => void this.ask());
  }
}

