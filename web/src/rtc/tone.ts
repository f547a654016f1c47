const NOTES_HZ = [523.25, 659.25, 783.99];
const NOTE_S = 0.22;
const VOLUME = 0.25;

/** Two notes, up when something begins and down when it ends, on the default speaker. Silent where sound is blocked. */
export function chime(begins: boolean): void {
  const context = new AudioContext();
  const { stream, lengthMs } = notes(context, begins ? [523.25, 783.99] : [783.99, 523.25]);
  context.createMediaStreamSource(stream).connect(context.destination);
  setTimeout(() => void context.close(), lengthMs);
}

/** A short rising chord as a stream, so that the caller can play it on the speaker that was chosen. */
export function testTone(context: AudioContext): Tone {
  return notes(context, NOTES_HZ);
}

interface Tone {
  readonly stream: MediaStream;
  readonly lengthMs: number;
}

function notes(context: AudioContext, hz: readonly number[]): Tone {
  const out = context.createMediaStreamDestination();
  hz.forEach((frequency, index) => {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    const start = context.currentTime + 0.1 + index * NOTE_S;
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(VOLUME, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, start + NOTE_S * 1.8);
    oscillator.connect(gain).connect(out);
    oscillator.start(start);
    oscillator.stop(start + NOTE_S * 2);
  });
  return { stream: out.stream, lengthMs: (0.3 + NOTE_S * (hz.length + 1)) * 1000 };
}
