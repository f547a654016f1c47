const NOTES_HZ = [523.25, 659.25, 783.99];
const NOTE_S = 0.22;
const VOLUME = 0.25;

/** A short rising chord as a stream, so that the caller can play it on the speaker that was chosen. */
export function testTone(context: AudioContext): { readonly stream: MediaStream; readonly lengthMs: number } {
  const out = context.createMediaStreamDestination();
  NOTES_HZ.forEach((frequency, index) => {
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
  return { stream: out.stream, lengthMs: (0.3 + NOTE_S * (NOTES_HZ.length + 1)) * 1000 };
}
