/** Two falling notes, as alarms sound: heard through speech, short enough to talk over. */
const NOTES_HZ = [988, 740, 988, 740];
const NOTE_S = 0.26;
const VOLUME = 0.35;
const REPEAT_MS = 8_000;
/** After so many times everybody in the hall has heard it; the red frame stays. */
const TIMES = 8;

/** The sound of an alarm: at once when there is a new one, then again every 8 s for a minute while one is there. */
export class Siren {
  private context: AudioContext | null = null;
  private known: ReadonlySet<string> = new Set();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private left = 0;

  /** `blocked`: the browser wants a click before it plays. */
  constructor(
    private readonly createContext: () => AudioContext,
    private readonly blocked: (blocked: boolean) => void,
  ) {}

  /** The alarms that are on now. */
  set(alarms: readonly string[]): void {
    const fresh = alarms.some((id) => !this.known.has(id));
    this.known = new Set(alarms);
    if (alarms.length === 0) this.stop();
    else if (fresh) {
      this.left = TIMES;
      this.sound();
    }
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.left = 0;
  }

  /** Also lets go of the speaker. */
  close(): void {
    this.stop();
    this.known = new Set();
    void this.context?.close().catch(() => undefined);
    this.context = null;
  }

  private sound(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.play();
    if (--this.left > 0) {
      this.timer = setTimeout(() => {
        this.sound();
      }, REPEAT_MS);
    }
  }

  private play(): void {
    try {
      this.context ??= this.createContext();
    } catch {
      return;
    }
    const { context } = this;
    if (context.state === "running") notes(context);
    else {
      context.resume().then(
        () => {
          notes(context);
        },
        () => {
          this.blocked(true);
        },
      );
      // Where a click is needed, the promise waits for it for ever.
      if (!navigator.userActivation?.hasBeenActive) this.watch(context);
    }
  }

  private watch(context: AudioContext): void {
    setTimeout(() => {
      if (context.state === "suspended") this.blocked(true);
    }, 1_000);
  }
}

function notes(context: AudioContext): void {
  NOTES_HZ.forEach((frequency, index) => {
    const start = context.currentTime + 0.02 + index * NOTE_S;
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.type = "triangle";
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(VOLUME, start + 0.02);
    gain.gain.setValueAtTime(VOLUME, start + NOTE_S - 0.05);
    gain.gain.linearRampToValueAtTime(0, start + NOTE_S);
    oscillator.connect(gain).connect(context.destination);
    oscillator.onended = () => {
      oscillator.disconnect();
      gain.disconnect();
    };
    oscillator.start(start);
    oscillator.stop(start + NOTE_S);
  });
}
