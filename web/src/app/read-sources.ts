import { FEED_KINDS, type Push, type RtspTransport, type Source, type SourceEvent, type SourceMeasured, type SourceStatus, type TestResult } from "../model/sources";
import { SERVER_SHAPES, type FeedCause, type FeedState, type Text, type Transcoding } from "../protocol/generated";
import { record, text, timeMs } from "./rest";

const FEED = SERVER_SHAPES.joined.fields.participant.fields.feed.optional.anyOf[0].fields;
const STATES: readonly FeedState[] = FEED.state.oneOf;
const CAUSES: readonly FeedCause[] = FEED.cause.anyOf[0].oneOf;
const REASONS: readonly Transcoding[] = FEED.transcoding.list.oneOf;

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const age = (value: unknown): number | null => (typeof value === "number" ? value : null);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** A state that this page is too old to know counts as connecting: the words come from the server then. */
function stateOf(value: unknown): FeedState {
  return STATES.find((one) => one === value) ?? "connecting";
}

function causeOf(value: unknown): FeedCause | null {
  return CAUSES.find((one) => one === value) ?? null;
}

function reasonsOf(value: unknown): Transcoding[] {
  return REASONS.filter((one) => list(value).includes(one));
}

function textOf(value: unknown): Text | null {
  const { zh, en } = record(value);
  return typeof zh === "string" && typeof en === "string" ? { zh, en } : null;
}

function readStatus(value: unknown): SourceStatus {
  const { state, cause, since, text: words, transcoding } = record(value);
  return {
    state: stateOf(state),
    cause: causeOf(cause),
    sinceMs: timeMs(since),
    text: textOf(words),
    transcoding: reasonsOf(transcoding),
  };
}

function readMeasured(value: unknown): SourceMeasured | null {
  if (typeof value !== "object" || value === null) return null;
  const all = record(value);
  return {
    bitrateBps: number(all["bitrateBps"]),
    fps: number(all["fps"]),
    width: number(all["width"]),
    height: number(all["height"]),
    videoCodec: text(all["videoCodec"]),
    audioCodec: text(all["audioCodec"]),
    pictureAgeMs: age(all["pictureAgeMs"]),
    contentAgeMs: age(all["contentAgeMs"]),
  };
}

function readPush(value: unknown): Push | null {
  if (typeof value !== "object" || value === null) return null;
  const all = record(value);
  return {
    url: text(all["url"]),
    key: text(all["key"]),
    stream: text(all["stream"]),
    full: text(all["full"]),
    fullTls: text(all["fullTls"]) || null,
    expiresAtMs: timeMs(all["expiresAt"]),
    revoked: all["revoked"] === true,
  };
}

export function readSource(value: unknown): Source {
  const all = record(value);
  const transports: readonly RtspTransport[] = ["auto", "tcp", "udp"];
  return {
    id: text(all["id"]),
    name: text(all["name"]),
    kind: FEED_KINDS.find((one) => one === all["kind"]) ?? "rtsp",
    rooms: list(all["rooms"]).filter((room) => typeof room === "string"),
    enabled: all["enabled"] !== false,
    address: text(all["address"]),
    username: text(all["username"]),
    hasPassword: all["hasPassword"] === true,
    transport: transports.find((one) => one === all["transport"]) ?? "auto",
    onDemand: all["onDemand"] !== false,
    audience: all["audience"] === "hosts" ? "hosts" : "all",
    status: readStatus(all["status"]),
    measured: readMeasured(all["measured"]),
    viewers: number(all["viewers"]),
    push: readPush(all["push"]),
  };
}

export function readSources(value: unknown): Source[] {
  return list(record(value)["sources"]).map(readSource);
}

/** The server's list is newest first; each step lasts until the one before it in the list. */
export function readHistory(value: unknown): SourceEvent[] {
  const events = list(record(value)["events"]).map((one) => {
    const { at, state, cause, text: words, detail } = record(one);
    return { atMs: timeMs(at) ?? 0, state: stateOf(state), cause: causeOf(cause), text: textOf(words), detail: text(detail) };
  });
  return events.map((event, index) => ({ ...event, untilMs: events[index - 1]?.atMs ?? null }));
}

export function readTest(value: unknown): TestResult {
  const all = record(value);
  const picture = text(all["thumbnail"]);
  return {
    ok: all["ok"] === true,
    state: stateOf(all["state"]),
    cause: causeOf(all["cause"]),
    text: textOf(all["text"]),
    videoCodec: text(all["videoCodec"]),
    audioCodec: text(all["audioCodec"]),
    width: number(all["width"]),
    height: number(all["height"]),
    fps: number(all["fps"]),
    transcoding: reasonsOf(all["transcoding"]),
    thumbnail: /^[A-Za-z0-9+/=]+$/.test(picture) ? `data:image/jpeg;base64,${picture}` : null,
    tookMs: number(all["tookMs"]),
  };
}
