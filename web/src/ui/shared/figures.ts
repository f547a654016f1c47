import type { SourceMeasured } from "../../model/sources";

const CODEC_NAMES: Readonly<Record<string, string>> = {
  h264: "H.264",
  h265: "H.265",
  hevc: "H.265",
  vp8: "VP8",
  vp9: "VP9",
  av1: "AV1",
  mjpeg: "MJPEG",
  mpeg4: "MPEG-4",
  aac: "AAC",
  opus: "Opus",
  pcmu: "G.711 μ",
  pcma: "G.711 A",
  pcm_mulaw: "G.711 μ",
  pcm_alaw: "G.711 A",
};

/** A codec as people write it; one this page does not know is shown in capitals. */
export function codecName(codec: string): string {
  return CODEC_NAMES[codec.toLowerCase()] ?? codec.toUpperCase();
}

type Figures = Pick<SourceMeasured, "bitrateBps" | "fps" | "width" | "height" | "videoCodec" | "audioCodec">;

export const bitrateWords = (bps: number): string =>
  bps >= 1_000_000 ? `${(bps / 1_000_000).toFixed(1)} Mbps` : `${(bps / 1000).toFixed(0)} kbps`;

export const fpsWords = (fps: number): string => `${fps < 10 && !Number.isInteger(fps) ? fps.toFixed(1) : fps.toFixed(0)} fps`;

/** What is known of a picture, in the order of interest: `1920×1080`, `25 fps`, `2.0 Mbps`, `H.264`. */
export function figures({ bitrateBps, fps, width, height, videoCodec, audioCodec }: Figures): string[] {
  const codecs = [videoCodec, audioCodec].filter(Boolean).map(codecName).join(" + ");
  return [
    width > 0 && height > 0 ? `${String(width)}×${String(height)}` : "",
    fps > 0 ? fpsWords(fps) : "",
    bitrateBps > 0 ? bitrateWords(bitrateBps) : "",
    codecs,
  ].filter(Boolean);
}
