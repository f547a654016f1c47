import type { TrackSource } from "../protocol/generated";

/**
 * Three simulcast layers of the camera, smallest first (RFC 8853; rid q, h, f = quarter, half, full). Small cameras
 * get fewer layers: a 160-pixel picture is of no use to anybody. `height` is what the camera delivers, in pixels.
 */
export function cameraEncodings(height: number): RTCRtpEncodingParameters[] {
  const full: RTCRtpEncodingParameters = {
    rid: "f",
    active: true,
    maxBitrate: height > 720 ? 3_000_000 : height >= 720 ? 2_000_000 : 1_200_000,
    maxFramerate: 30,
  };
  const half: RTCRtpEncodingParameters = {
    rid: "h",
    active: true,
    scaleResolutionDownBy: 2,
    maxBitrate: height >= 720 ? 600_000 : 350_000,
    maxFramerate: 30,
  };
  const quarter: RTCRtpEncodingParameters = {
    rid: "q",
    active: true,
    scaleResolutionDownBy: 4,
    maxBitrate: 150_000,
    maxFramerate: 20,
  };
  if (height >= 480) return [quarter, half, full];
  return height >= 270 ? [half, full] : [full];
}

/** One layer, sharp before smooth: text must stay readable, so the frame rate gives way. */
const SCREEN: RTCRtpEncodingParameters[] = [{ active: true, maxBitrate: 2_500_000, maxFramerate: 15 }];

const AUDIO_BPS: Readonly<Record<"microphone" | "screen-audio", number>> = {
  microphone: 40_000,
  "screen-audio": 96_000,
};

export function encodingsFor(source: TrackSource, height: number): RTCRtpEncodingParameters[] {
  switch (source) {
    case "camera":
      return cameraEncodings(height);
    case "screen":
      return SCREEN.map((one) => ({ ...one }));
    case "microphone":
    case "screen-audio":
      return [{ active: true, maxBitrate: AUDIO_BPS[source] }];
  }
}
