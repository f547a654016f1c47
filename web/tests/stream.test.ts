import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { streamOf } from "../src/rtc/stream";

describe("the stream of a track", () => {
  let made = 0;

  beforeEach(() => {
    made = 0;
    vi.stubGlobal(
      "MediaStream",
      class {
        constructor(readonly tracks: readonly unknown[]) {
          made += 1;
        }
      },
    );
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("is made once, however often the track is shown", () => {
    const track = {} as MediaStreamTrack;
    const first = streamOf(track);
    expect((first as unknown as { tracks: unknown[] }).tracks).toEqual([track]);
    for (let shown = 0; shown < 1000; shown++) expect(streamOf(track)).toBe(first);
    expect(made).toBe(1);
  });

  it("is of one track alone", () => {
    const [one, other] = [{} as MediaStreamTrack, {} as MediaStreamTrack];
    expect(streamOf(one)).not.toBe(streamOf(other));
    expect(made).toBe(2);
  });
});
