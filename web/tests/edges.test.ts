import { describe, expect, it } from "vitest";
import { parseInvitation, roomOf, takeToken } from "../src/app/address";
import { readPreferences, writePreferences } from "../src/app/preferences";
import { firstLanguage } from "../src/i18n/language";
import { decode } from "../src/protocol/decode";
import { pathOf } from "../src/rtc/stats";
import { bitrate, percent, size } from "../src/ui/meeting/format";
import { welcome } from "./people";

function storage(): Storage {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => values.set(key, value),
  } as unknown as Storage;
}

describe("decoding", () => {
  it("takes a whole message and ignores what a newer server adds", () => {
    const message = { ...welcome(), surprise: 1 };
    expect(decode(JSON.stringify(message))).toEqual(message);
  });

  it("refuses what is broken, unknown or of another type", () => {
    expect(decode("{")).toBeNull();
    expect(decode("null")).toBeNull();
    expect(decode('{"type":"toString"}')).toBeNull();
    expect(decode('{"type":"left","participant":"a","reason":"bored"}')).toBeNull();
    expect(decode('{"type":"left","participant":1,"reason":"left"}')).toBeNull();
    expect(decode('{"type":"speakers","participants":["a",2]}')).toBeNull();
  });

  it("lets fields with a default be absent or null", () => {
    const text = { zh: "不", en: "no" };
    expect(decode(JSON.stringify({ type: "refused", code: "x", text }))).not.toBeNull();
    expect(decode(JSON.stringify({ type: "refused", code: "x", text, about: null, offer: 3 }))).not.toBeNull();
    expect(decode(JSON.stringify({ type: "layer", track: "t", layer: null, temporal: 0, reason: "hidden" }))).not.toBeNull();
  });
});

describe("invitation links", () => {
  const base = "https://meet.example";

  it("are taken apart into room and token", () => {
    expect(parseInvitation(" https://meet.example/join/%E5%8E%85#t=a.b-c ", base)).toEqual({ room: "厅", token: "a.b-c" });
    expect(parseInvitation("/join/r#t=x", base)).toEqual({ room: "r", token: "x" });
  });

  it("are refused when something is missing", () => {
    expect(parseInvitation("hello", base)).toBeNull();
    expect(parseInvitation("https://meet.example/join/r", base)).toBeNull();
    expect(parseInvitation("https://meet.example/join/r/x#t=y", base)).toBeNull();
    expect(roomOf("/join/%E0%A4%A")).toBeNull();
  });

  it("lose their token from the address and keep it for a reload", () => {
    const store = storage();
    const shown: string[] = [];
    const history = { replaceState: (_: unknown, __: string, url: string) => shown.push(url) } as unknown as History;
    const place = { hash: "#t=secret", pathname: "/join/r", search: "?codec=h264" } as Location;
    expect(takeToken("r", place, history, store)).toBe("secret");
    expect(shown).toEqual(["/join/r?codec=h264"]);
    expect(takeToken("r", { ...place, hash: "" }, history, store)).toBe("secret");
    expect(takeToken("other", { ...place, hash: "" }, history, store)).toBeNull();
  });
});

describe("what is remembered", () => {
  it("starts with everything on and survives rubbish", () => {
    const store = storage();
    expect(readPreferences(store)).toMatchObject({ cameraOn: true, microphoneOn: true, cameraId: null });
    writePreferences(store, { cameraOn: false, name: "Li" });
    writePreferences(store, { speakerId: "s" });
    expect(readPreferences(store)).toMatchObject({ cameraOn: false, name: "Li", speakerId: "s" });
    store.setItem("huishang.preferences", "[");
    expect(readPreferences(store).name).toBe("");
  });

  it("speaks the language chosen, then the browser's, then Chinese", () => {
    expect(firstLanguage("en", ["zh-CN"])).toBe("en");
    expect(firstLanguage(null, ["fr-FR", "en-GB", "zh-CN"])).toBe("en");
    expect(firstLanguage("xx", ["zh-TW"])).toBe("zh");
    expect(firstLanguage(null, ["fr"])).toBe("zh");
  });
});

describe("numbers", () => {
  it("are written for people", () => {
    expect(bitrate(1_540_000)).toBe("1.5 Mbps");
    expect(bitrate(64_200)).toBe("64 kbps");
    expect(bitrate(null)).toBe("—");
    expect(percent(0.0123)).toBe("1.2 %");
    expect(size(1280, 720)).toBe("1280×720");
  });

  it("of the path come from the pair in use, in both spellings of browsers", () => {
    const rows = (pair: object): Map<string, Record<string, unknown>> =>
      new Map<string, Record<string, unknown>>([
        ["old", { type: "candidate-pair", state: "failed", nominated: true, currentRoundTripTime: 9 }],
        ["p", { type: "candidate-pair", state: "succeeded", localCandidateId: "l", currentRoundTripTime: 0.02, ...pair }],
        ["l", { type: "local-candidate", protocol: "tcp" }],
      ]);
    expect(pathOf(rows({ nominated: true }))).toEqual({ roundTripMs: 20, transport: "tcp" });
    expect(pathOf(rows({ selected: true }))).toEqual({ roundTripMs: 20, transport: "tcp" });
    expect(pathOf(rows({}))).toEqual({ roundTripMs: null, transport: null });
  });
});
