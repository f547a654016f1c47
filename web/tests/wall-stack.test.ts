import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PictureStack } from "../src/ui/panes/stack";

/** The part of a video element that the stack uses. */
class FakeVideo {
  autoplay = false;
  playsInline = false;
  muted = false;
  disableRemotePlayback = false;
  srcObject: unknown = null;
  onloadeddata: (() => void) | null = null;
  readonly dataset: Record<string, string> = {};
  videoWidth = 640;
  videoHeight = 360;
  currentTime = 0;
  frames = 0;
  removed = false;
  private first: (() => void) | null = null;

  requestVideoFrameCallback(task: () => void): number {
    this.first = task;
    return 1;
  }

  getVideoPlaybackQuality(): { totalVideoFrames: number } {
    return { totalVideoFrames: this.frames };
  }

  play(): Promise<void> {
    return Promise.resolve();
  }

  pause(): void {
    this.frames += 0;
  }

  remove(): void {
    this.removed = true;
  }

  /** The first frame is decoded. */
  draw(): void {
    this.frames += 1;
    this.first?.();
    this.first = null;
  }
}

const made: FakeVideo[] = [];
const media = (): MediaStreamTrack => ({}) as MediaStreamTrack;
const host = { clientWidth: 320, clientHeight: 180, append: () => undefined } as unknown as HTMLElement;
let nowMs = 0;
let changes = 0;

function stackOf(): PictureStack {
  const changed = (): void => {
    changes += 1;
  };
  return new PictureStack(host, changed, () => nowMs);
}

const video = (at: number): FakeVideo => {
  const found = made[at];
  if (!found) throw new Error(`no video ${String(at)}`);
  return found;
};

describe("the pictures of a pane", () => {
  beforeEach(() => {
    made.length = 0;
    nowMs = changes = 0;
    vi.useFakeTimers();
    vi.stubGlobal("MediaStream", class {});
    vi.stubGlobal("document", {
      createElement: () => {
        made.push(new FakeVideo());
        return made.at(-1);
      },
    });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("keep the old one on top until the new one has drawn its first frame", () => {
    const stack = stackOf();
    stack.set({ key: "a", track: media() }, null);
    video(0).draw();
    expect(stack.shown).toBe("a");
    stack.set({ key: "b", track: media() }, null);
    expect([stack.shown, video(0).dataset["top"], video(0).removed]).toEqual(["a", "true", false]);
    expect(stack.look()).toBeNull();
    video(1).draw();
    expect([stack.shown, video(0).removed, video(0).srcObject, changes]).toEqual(["b", true, null, 2]);
  });

  it("turn at once to a picture that was made ready before", () => {
    const stack = stackOf();
    const next = media();
    stack.set({ key: "a", track: media() }, { key: "b", track: next });
    video(0).draw();
    video(1).draw();
    expect(stack.shown).toBe("a");
    stack.set({ key: "b", track: next }, null);
    expect([stack.shown, made.length, video(0).removed]).toEqual(["b", 2, true]);
  });

  it("hold a picture of somebody else no longer than a moment", () => {
    const stack = stackOf();
    stack.set({ key: "a", track: media() }, null);
    video(0).draw();
    stack.set({ key: "b", track: null }, null);
    vi.advanceTimersByTime(1_400);
    expect(stack.shown).toBe("a");
    vi.advanceTimersByTime(200);
    expect([stack.shown, video(0).removed]).toEqual([null, true]);
  });

  it("keep the last picture of somebody whose media come anew, until the new ones do", () => {
    const stack = stackOf();
    stack.set({ key: "a", track: media() }, null);
    video(0).draw();
    stack.set({ key: "a", track: null }, null);
    vi.advanceTimersByTime(60_000);
    expect(stack.shown).toBe("a");
    stack.set({ key: "a", track: media() }, null);
    expect(video(0).removed).toBe(false);
    video(1).draw();
    expect([video(0).removed, video(1).dataset["top"]]).toEqual([true, "true"]);
  });

  it("measure age and rate by frames that really came", () => {
    const stack = stackOf();
    stack.set({ key: "a", track: media() }, null);
    video(0).draw();
    for (let at = 0; at < 20; at++) {
      nowMs += 100;
      video(0).frames += 1;
      stack.look();
    }
    expect(stack.look()).toMatchObject({ key: "a", newestMs: 2_000, width: 640, height: 360, fps: 10 });
    nowMs += 5_000;
    expect(stack.look()?.newestMs).toBe(2_000);
    nowMs += 1_000;
    expect(stack.look()?.fps).toBe(0);
  });

  it("leave nothing behind after a thousand turns", () => {
    const stack = stackOf();
    for (let turn = 0; turn < 1_000; turn++) {
      stack.set({ key: `t${String(turn)}`, track: media() }, { key: `t${String(turn + 1)}`, track: null });
      made.at(-1)?.draw();
      expect(made.filter((one) => !one.removed).length).toBeLessThanOrEqual(2);
    }
    stack.close();
    expect(made.every((one) => one.removed && one.srcObject === null)).toBe(true);
    vi.advanceTimersByTime(5_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
