/** Why an element does not play, as far as it tells. */
export type DeckFault = "network" | "unplayable";

/** One media element with one file. */
export interface Deck {
  /** Position in the file, milliseconds. */
  readonly positionMs: number;
  readonly seeking: boolean;
  /** Has what it needs to go on from here. */
  readonly ready: boolean;
  readonly ended: boolean;
  readonly fault: DeckFault | null;
  seek(positionMs: number): void;
  run(running: boolean): void;
  setRate(rate: number): void;
  /** 0 to 1; 0 is silent. */
  setVolume(volume: number): void;
  close(): void;
}

/** Opens a file; loading begins at once, at this position. */
export type OpenDeck<D extends Deck> = (kind: "audio" | "video", url: string, positionMs: number) => D;

const AT_START_MS = 1;

/** The browser's own. Pictures carry no sound and are muted: a muted one may always start. */
export class ElementDeck implements Deck {
  private wantsRun = false;

  constructor(readonly element: HTMLMediaElement) {}

  static open(kind: "audio" | "video", url: string, positionMs: number): ElementDeck {
    const element = document.createElement(kind);
    element.preload = "auto";
    element.muted = kind === "video";
    if (element instanceof HTMLVideoElement) {
      element.playsInline = true;
      element.disablePictureInPicture = true;
    }
    element.src = url;
    const deck = new ElementDeck(element);
    if (positionMs > AT_START_MS) deck.seek(positionMs);
    return deck;
  }

  get positionMs(): number {
    return this.element.currentTime * 1000;
  }

  get seeking(): boolean {
    return this.element.seeking;
  }

  get ready(): boolean {
    // At the very end there is no future data, nor is any needed.
    return this.element.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA || this.element.ended;
  }

  get ended(): boolean {
    return this.element.ended;
  }

  get fault(): DeckFault | null {
    const { error } = this.element;
    if (!error) return null;
    return error.code === MediaError.MEDIA_ERR_NETWORK ? "network" : "unplayable";
  }

  seek(positionMs: number): void {
    this.element.currentTime = positionMs / 1000;
  }

  run(running: boolean): void {
    if (running === this.wantsRun && running === !this.element.paused) return;
    this.wantsRun = running;
    if (running) this.element.play().catch(() => undefined);
    else this.element.pause();
  }

  setRate(rate: number): void {
    if (this.element.playbackRate !== rate) this.element.playbackRate = rate;
  }

  setVolume(volume: number): void {
    if (this.element instanceof HTMLVideoElement) return;
    this.element.volume = volume;
    this.element.muted = volume === 0;
  }

  close(): void {
    this.element.pause();
    this.element.removeAttribute("src");
    // Without this the browser keeps the connection and the buffer.
    this.element.load();
    this.element.remove();
  }
}
