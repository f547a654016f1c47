/** Numbers for people; an unknown one is a dash. */
const UNKNOWN = "—";

export function bitrate(bps: number | null): string {
  if (bps === null) return UNKNOWN;
  return bps >= 1_000_000 ? `${(bps / 1_000_000).toFixed(1)} Mbps` : `${(bps / 1000).toFixed(0)} kbps`;
}

export function milliseconds(value: number | null): string {
  return value === null ? UNKNOWN : `${value.toFixed(0)} ms`;
}

export function percent(share: number | null): string {
  return share === null ? UNKNOWN : `${(share * 100).toFixed(1)} %`;
}

export function size(width: number | null, height: number | null): string {
  return width === null || height === null ? UNKNOWN : `${String(width)}×${String(height)}`;
}
