import { streamOf } from "../../rtc/stream";
import type { Drawn } from "./truth";

/** A picture to be drawn: the room's id of its track, and the media while it arrives. */
export interface Feedable {
  readonly key: string;
  readonly track: MediaStreamTrack | null;
}

/** A picture that is no longer wanted stands no longer than this for the next one's first frame. */
const HOLD_MS = 1_500;
/** Rates are measured over at least this time. */
const RATE_MS = 900;

interface Layer {
  readonly key: string;
  readonly track: MediaStreamTrack;
  readonly video: HTMLVideoElement;
  drawn: boolean;
  frames: number;
  newestMs: number;
  rate: { readonly atMs: number; readonly frames: number; readonly fps: number };
}

/**
 * The pictures of one pane, one upon the other. The upper one goes when the next has drawn its first frame, so that a
 * change shows no black; the one of the next turn already plays below. Every element made here is released here.
 */
export class PictureStack {
  private layers: Layer[] = [];
  private top: Layer | null = null;
  private front: Feedable | null = null;
  private next: Feedable | null = null;
  private hold: ReturnType<typeof setTimeout> | null = null;

  /** `changed`: another picture is on top. `crop`: whether a picture of almost the pane's shape may fill it. */
  constructor(
    private readonly host: HTMLElement,
    private readonly changed: () => void,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** `front` is to be seen as soon as it can be; `next` is made ready. Null front: nothing is to be seen. */
  set(front: Feedable | null, next: Feedable | null): void {
    const other = front?.key !== this.front?.key;
    this.front = front;
    this.next = next;
    for (const one of [front, next]) if (one?.track) this.add(one.key, one.track);
    if (other) this.limitHold();
    this.settle();
  }

  /** What is on top now, measured; null: nothing has been drawn of what should be seen. */
  look(): Drawn | null {
    const { top, front } = this;
    if (!top || top.key !== front?.key) return null;
    this.count(top);
    const { videoWidth: width, videoHeight: height } = top.video;
    this.shape(top);
    return { key: top.key, newestMs: top.newestMs, width, height, fps: top.rate.fps };
  }

  /** The track whose picture is on top, also while it is only held for the next. */
  get shown(): string | null {
    return this.top?.key ?? null;
  }

  close(): void {
    if (this.hold !== null) clearTimeout(this.hold);
    for (const layer of this.layers) release(layer);
    this.layers = [];
    this.top = this.front = this.next = null;
  }

  private add(key: string, track: MediaStreamTrack): void {
    if (this.layers.some((one) => one.key === key && one.track === track)) return;
    const video = document.createElement("video");
    video.autoplay = true;
    video.playsInline = true;
    // Sound has elements of its own; a muted video may always start by itself.
    video.muted = true;
    video.disableRemotePlayback = true;
    video.dataset["track"] = key;
    const nowMs = this.nowMs();
    const layer: Layer = { key, track, video, drawn: false, frames: 0, newestMs: nowMs, rate: { atMs: nowMs, frames: 0, fps: 0 } };
    const first = (): void => {
      if (layer.drawn || !this.layers.includes(layer)) return;
      layer.drawn = true;
      layer.newestMs = this.nowMs();
      this.settle();
    };
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(first);
    else (video as HTMLVideoElement).onloadeddata = first;
    video.srcObject = streamOf(track);
    this.layers.push(layer);
    this.host.append(video);
    video.play().catch(() => undefined);
  }

  /** Decides what is on top and lets go of what nobody waits for. */
  private settle(): void {
    const { front, next } = this;
    const ready = this.layers.filter((one) => one.key === front?.key && one.drawn).at(-1) ?? null;
    const before = this.top;
    if (ready) this.top = ready;
    else if (front === null) this.top = null;
    const newest = (one: Feedable | null): Layer | undefined => this.layers.filter((layer) => layer.key === one?.key).at(-1);
    const kept = new Set([this.top, newest(front), newest(next)]);
    for (const layer of this.layers) if (!kept.has(layer)) release(layer);
    this.layers = this.layers.filter((layer) => kept.has(layer));
    for (const { video } of this.layers) video.dataset["top"] = String(video === this.top?.video);
    if (before !== this.top) {
      if (this.top) this.shape(this.top);
      this.changed();
    }
  }

  /** A picture of somebody else must not stand under a new name for long. */
  private limitHold(): void {
    if (this.hold !== null) clearTimeout(this.hold);
    this.hold = setTimeout(() => {
      this.hold = null;
      if (this.top === null || this.top.key === this.front?.key) return;
      this.top = null;
      this.settle();
      this.changed();
    }, HOLD_MS);
  }

  private count(layer: Layer): void {
    const video = layer.video as Partial<HTMLVideoElement> & HTMLVideoElement;
    const frames = video.getVideoPlaybackQuality?.().totalVideoFrames ?? Math.round(video.currentTime * 1000);
    const nowMs = this.nowMs();
    if (frames !== layer.frames) layer.newestMs = nowMs;
    layer.frames = frames;
    const passedMs = nowMs - layer.rate.atMs;
    if (passedMs < RATE_MS) return;
    const fps = Math.max(0, Math.round(((frames - layer.rate.frames) * 10_000) / passedMs) / 10);
    layer.rate = { atMs: nowMs, frames, fps };
  }

  /** A picture of almost the pane's shape fills it; any other is shown whole. */
  private shape({ video }: Layer): void {
    const { clientWidth, clientHeight } = this.host;
    if (video.videoWidth === 0 || clientWidth === 0 || clientHeight === 0) return;
    const ratio = video.videoWidth / video.videoHeight / (clientWidth / clientHeight);
    video.dataset["fit"] = Math.max(ratio, 1 / ratio) <= CROP_UP_TO ? "cover" : "contain";
  }
}

/** Shapes that differ by no more lose a twentieth of the picture; a bar as thin as that looks like a mistake. */
const CROP_UP_TO = 1.06;

function release({ video }: Layer): void {
  video.onloadeddata = null;
  video.pause();
  video.srcObject = null;
  video.remove();
}
