import { streamOf } from "../rtc/stream";

/** Speakers can be chosen on Chromium and new Firefox; elsewhere the system decides. */
export const canChooseSpeaker = typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;

/** Sends `element` to the speaker `id` (null: the default); a speaker that is gone leaves the default. */
export async function setSink(element: HTMLMediaElement, id: string | null): Promise<void> {
  if (!canChooseSpeaker) return;
  await element.setSinkId(id ?? "").catch(() => element.setSinkId("").catch(() => undefined));
}

/** One `<audio>` per audio track of the others. */
export class Sound {
  private readonly elements = new Map<string, { readonly track: MediaStreamTrack; readonly audio: HTMLAudioElement }>();
  private sink: string | null = null;

  /** `blocked`: the browser wants a click before it plays. */
  constructor(private readonly blocked: (blocked: boolean) => void) {}

  set(tracks: ReadonlyMap<string, MediaStreamTrack>): void {
    for (const [key, { track, audio }] of this.elements) {
      if (tracks.get(key) === track) continue;
      audio.srcObject = null;
      audio.remove();
      this.elements.delete(key);
    }
    for (const [key, track] of tracks) {
      if (!this.elements.has(key)) this.add(key, track);
    }
  }

  setSink(id: string | null): void {
    this.sink = id;
    for (const { audio } of this.elements.values()) void setSink(audio, id);
  }

  /** Called from a click. */
  unblock(): void {
    this.blocked(false);
    for (const { audio } of this.elements.values()) this.play(audio);
  }

  private add(key: string, track: MediaStreamTrack): void {
    const audio = document.createElement("audio");
    audio.autoplay = true;
    audio.dataset["track"] = key;
    audio.srcObject = streamOf(track);
    document.body.append(audio);
    this.elements.set(key, { track, audio });
    void setSink(audio, this.sink);
    this.play(audio);
  }

  private play(audio: HTMLAudioElement): void {
    audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.blocked(true);
    });
  }
}
