import { Store } from "../model/store";
import { streamOf } from "../rtc/stream";

/** The `<video>` of every track: made once, moved by the layout, dropped with the track. */
export class Pictures {
  /** Tracks of which at least one frame was drawn. */
  readonly playing = new Store<ReadonlySet<string>>(new Set());
  private readonly elements = new Map<string, { readonly track: MediaStreamTrack; readonly video: HTMLVideoElement }>();

  get(key: string, track: MediaStreamTrack): HTMLVideoElement {
    const known = this.elements.get(key);
    if (known) {
      if (known.track !== track) this.feed(key, known.video, track);
      return known.video;
    }
    const video = document.createElement("video");
    video.autoplay = true;
    video.playsInline = true;
    // Sound has elements of its own; a muted video may always start by itself.
    video.muted = true;
    video.dataset["track"] = key;
    video.addEventListener("loadeddata", () => {
      this.mark(key, true);
    });
    this.feed(key, video, track);
    return video;
  }

  /** Frames drawn so far by the picture of this key; null: there is none, or the browser does not count. */
  frames(key: string): number | null {
    const video = this.elements.get(key)?.video as Partial<HTMLVideoElement> | undefined;
    return video?.getVideoPlaybackQuality?.().totalVideoFrames ?? null;
  }

  /** Forgets all tracks but those named. */
  keep(keys: ReadonlySet<string>): void {
    for (const [key, { video }] of this.elements) {
      if (keys.has(key)) continue;
      video.srcObject = null;
      video.remove();
      this.elements.delete(key);
      this.mark(key, false);
    }
  }

  private feed(key: string, video: HTMLVideoElement, track: MediaStreamTrack): void {
    this.mark(key, false);
    video.srcObject = streamOf(track);
    this.elements.set(key, { track, video });
  }

  private mark(key: string, playing: boolean): void {
    const now = this.playing.get();
    if (now.has(key) === playing) return;
    const next = new Set(now);
    if (playing) next.add(key);
    else next.delete(key);
    this.playing.set(next);
  }
}

/** Puts a picture into its place; a video that was out of the document has to be started again. */
export function show(video: HTMLVideoElement, host: HTMLElement): () => void {
  if (video.parentElement !== host) host.append(video);
  video.play().catch(() => undefined);
  return () => {
    if (video.parentElement === host) video.remove();
  };
}
