import type { Clock } from "./clock";

const EVERY_MS = 60;
/** Below this the room is silent for a person; dBFS. */
const FLOOR_DB = -60;

/** Loudness of one block of samples in [-1, 1] as 0..1, linear in decibels from -60 dBFS to full scale. */
export function levelOf(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const db = 10 * Math.log10(energy / samples.length + 1e-12);
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}

/** Measures a local track until the returned function is called. Safe without Web Audio: then it never reports. */
export function meter(
  track: MediaStreamTrack,
  createContext: () => AudioContext,
  clock: Clock,
  report: (level: number) => void,
): () => void {
  let context: AudioContext;
  try {
    context = createContext();
  } catch {
    return () => undefined;
  }
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let cancel: () => void;
  const tick = (): void => {
    analyser.getFloatTimeDomainData(samples);
    report(levelOf(samples));
    cancel = clock.after(EVERY_MS, tick);
  };
  cancel = clock.after(EVERY_MS, tick);
  return () => {
    cancel();
    void context.close();
  };
}
