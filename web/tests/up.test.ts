import { beforeEach, describe, expect, it } from "vitest";
import type { PublishOffer } from "../src/protocol/generated";
import { preferCodec, videoCodecFrom } from "../src/rtc/codecs";
import { cameraEncodings } from "../src/rtc/encodings";
import { Up } from "../src/rtc/up";
import { FakeConnection, FakeTrack, settle } from "./fakes";

const CODECS = ["video/H264", "video/rtx", "video/VP8", "video/AV1"].map((mimeType) => ({ mimeType, clockRate: 90_000 }));

let connection: FakeConnection;
let offers: PublishOffer[];
let mutes: [string, boolean][];
let broken: number;
let up: Up;

beforeEach(() => {
  connection = new FakeConnection();
  offers = [];
  mutes = [];
  broken = 0;
  let number = 0;
  up = new Up(
    {
      connect: () => connection.connection,
      videoCodec: "vp8",
      videoCapabilities: () => CODECS,
      audioCapabilities: () => [],
      nextOffer: () => ++number,
    },
    {
      offer: (message) => offers.push(message),
      mute: (track, muted) => mutes.push([track, muted]),
      state: () => undefined,
      broken: () => {
        broken += 1;
      },
    },
  );
});

async function agree(tracks: Record<string, string>): Promise<void> {
  const offer = offers.at(-1)?.offer ?? 0;
  const list = Object.entries(tracks).map(([mid, track]) => ({ mid, track }));
  up.answered({ type: "publish-answer", offer, sdp: "answer", tracks: list });
  await settle();
}

describe("publishing", () => {
  it("sends the camera in three layers, smallest first, VP8 preferred", async () => {
    up.publish("camera", new FakeTrack("video").media, false);
    await settle();
    const [camera] = connection.transceivers;
    expect(camera?.encodings.map((one) => one.rid)).toEqual(["q", "h", "f"]);
    expect(camera?.preferences?.map((one) => one.mimeType)).toEqual(["video/VP8", "video/H264", "video/AV1", "video/rtx"]);
  });

  it("tells a mute that happened while the offer was on its way", async () => {
    const track = new FakeTrack("audio").media;
    up.publish("microphone", track, false);
    await settle();
    up.publish("microphone", track, true);
    expect(mutes).toEqual([]);
    await agree({ "0": "t" });
    expect(mutes).toEqual([["t", true]]);
  });

  it("turns the camera off without a new offer, under the same id", async () => {
    up.publish("camera", new FakeTrack("video").media, false);
    await settle();
    await agree({ "0": "t" });
    up.publish("camera", null, true);
    await settle();
    expect(connection.transceivers[0]?.sending).toBeNull();
    const next = new FakeTrack("video").media;
    up.publish("camera", next, false);
    await settle();
    expect(connection.transceivers[0]?.sending).toBe(next);
    expect(mutes).toEqual([
      ["t", true],
      ["t", false],
    ]);
    expect(offers).toHaveLength(1);
  });

  it("ends a screen for everybody and reuses its section for the next one", async () => {
    up.publish("screen", new FakeTrack("video").media, false);
    await settle();
    await agree({ "0": "s1" });
    up.unpublish("screen");
    await settle();
    expect(offers.at(-1)?.tracks).toEqual([]);
    await agree({});
    up.publish("screen", new FakeTrack("video").media, false);
    await settle();
    expect(offers.at(-1)?.tracks).toEqual([{ mid: "0", source: "screen", muted: false }]);
    expect(connection.transceivers).toHaveLength(1);
    expect(connection.transceivers[0]?.direction).toBe("sendonly");
  });
});

describe("negotiation", () => {
  it("ignores the answer to an offer that was overtaken", async () => {
    up.publish("microphone", new FakeTrack("audio").media, false);
    await settle();
    up.publish("camera", new FakeTrack("video").media, false);
    await settle();
    up.answered({ type: "publish-answer", offer: 1, sdp: "old", tracks: [] });
    up.answered({ type: "publish-answer", offer: 2, sdp: "new", tracks: [] });
    await settle();
    expect(connection.remote).toEqual(["new"]);
  });

  it("goes back to the agreed state when the server refuses", async () => {
    up.publish("microphone", new FakeTrack("audio").media, false);
    await settle();
    up.refused();
    await settle();
    expect(connection.rollbacks).toBe(1);
    up.refused();
    await settle();
    expect(connection.rollbacks).toBe(1);
  });

  it("asks for new credentials only when it has something to send", async () => {
    up.restart();
    await settle();
    expect(offers).toHaveLength(0);
    up.publish("microphone", new FakeTrack("audio").media, false);
    up.restart();
    await settle();
    expect(connection.restarts).toEqual([true]);
  });

  it("reports a description it cannot apply, and nothing after it is closed", async () => {
    up.publish("microphone", new FakeTrack("audio").media, false);
    await settle();
    up.answered({ type: "publish-answer", offer: 1, sdp: "bad", tracks: [] });
    await settle();
    expect(broken).toBe(1);
    up.close();
    up.publish("camera", new FakeTrack("video").media, false);
    await settle();
    expect(offers).toHaveLength(1);
  });
});

describe("what is sent", () => {
  it("gives small cameras fewer layers", () => {
    expect(cameraEncodings(720).map((one) => one.rid)).toEqual(["q", "h", "f"]);
    expect(cameraEncodings(360).map((one) => one.rid)).toEqual(["h", "f"]);
    expect(cameraEncodings(144).map((one) => one.rid)).toEqual(["f"]);
  });

  it("takes the codec from the address only when it is one of ours", () => {
    expect(videoCodecFrom("?codec=h264")).toBe("h264");
    expect(videoCodecFrom("?codec=theora")).toBe("vp8");
    expect(preferCodec(CODECS, "h264")[0]?.mimeType).toBe("video/H264");
  });
});
