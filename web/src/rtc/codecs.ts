/** RTP payload formats that are not codecs of their own but help another one. */
const HELPERS = /\/(rtx|red|ulpfec|flexfec-03)$/i;

export type VideoCodec = "vp8" | "h264" | "vp9" | "av1";

/** `?codec=` of the page's address; anything unknown means the default. */
export function videoCodecFrom(query: string): VideoCodec {
  const wanted = new URLSearchParams(query).get("codec")?.toLowerCase();
  return wanted === "h264" || wanted === "vp9" || wanted === "av1" ? wanted : "vp8";
}

/**
 * Redundant audio (RFC 2198) in front: each packet repeats the one before, so that a lost packet is not heard. Costs
 * some 40 kbit/s a voice; the server takes the repetition off for listeners who do not know it.
 */
export function preferRedundantAudio<C extends { readonly mimeType: string }>(codecs: readonly C[]): C[] {
  const rank = (codec: C): number => {
    const name = codec.mimeType.toLowerCase();
    return name === "audio/red" ? 0 : name === "audio/opus" ? 1 : 2;
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}

/**
 * Capabilities in order of preference: `first` in front, the others behind it, helper formats last. VP8 is the default
 * because every browser sends and plays it with simulcast; Firefox without its plug-in has no H.264.
 */
export function preferCodec<C extends { readonly mimeType: string }>(codecs: readonly C[], first: VideoCodec): C[] {
  const rank = (codec: C): number => {
    if (HELPERS.test(codec.mimeType)) return 2;
    return codec.mimeType.toLowerCase() === `video/${first}` ? 0 : 1;
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}
