import type { RtspTransport, Source, SourceEvent, TestResult } from "../model/sources";
import type { Audience, FeedKind } from "../protocol/generated";
import { readHistory, readSource, readSources, readTest } from "./read-sources";
import { ApiError, call, record, text, type Json } from "./rest";

/** How a camera is reached. An absent password keeps the saved one. */
export interface CameraAccess {
  readonly address: string;
  readonly username: string;
  readonly password?: string;
  readonly transport: RtspTransport;
}

export interface SourceDraft {
  readonly name: string;
  readonly rooms: readonly string[];
  readonly audience: Audience;
  /** Only for kind rtsp. */
  readonly camera?: CameraAccess & { readonly onDemand: boolean };
}

const BASE = "/api/v1/sources";
const pathOf = (id: string): string => `${BASE}/${encodeURIComponent(id)}`;

function cameraJson({ address, username, password, transport }: CameraAccess): Json {
  return { address, username, transport, ...(password === undefined ? {} : { password }) };
}

function draftJson({ name, rooms, audience, camera }: SourceDraft): Json {
  return { name, rooms, audience, ...(camera ? { ...cameraJson(camera), onDemand: camera.onDemand } : {}) };
}

const expiryJson = (expiresAtMs: number | null): Json =>
  expiresAtMs === null ? {} : { expiresAt: new Date(expiresAtMs).toISOString() };

/** The administrator's calls about sources. Every failure is an ApiError. */
export class SourcesApi {
  constructor(private readonly key: string) {}

  async list(): Promise<Source[]> {
    return readSources(await call("GET", BASE, this.key));
  }

  async create(kind: FeedKind, draft: SourceDraft): Promise<Source> {
    return readSource(await call("POST", BASE, this.key, { kind, ...draftJson(draft) }));
  }

  async change(id: string, draft: SourceDraft): Promise<Source> {
    return readSource(await call("PATCH", pathOf(id), this.key, draftJson(draft)));
  }

  async enable(id: string, enabled: boolean): Promise<void> {
    await call("PATCH", pathOf(id), this.key, { enabled });
  }

  async remove(id: string): Promise<void> {
    await call("DELETE", pathOf(id), this.key);
  }

  async restart(id: string): Promise<void> {
    await call("POST", `${pathOf(id)}/restart`, this.key);
  }

  /** A new key; the old one ends at once and its publisher is cut. `expiresAtMs` null: it does not expire. */
  async rotateKey(id: string, expiresAtMs: number | null): Promise<Source> {
    return readSource(await call("POST", `${pathOf(id)}/key`, this.key, expiryJson(expiresAtMs)));
  }

  async revokeKey(id: string): Promise<void> {
    await call("DELETE", `${pathOf(id)}/key`, this.key);
  }

  async history(id: string): Promise<SourceEvent[]> {
    return readHistory(await call("GET", `${pathOf(id)}/history?limit=100`, this.key));
  }

  /** Tries a camera without saving it; takes up to eight seconds. */
  async test(camera: CameraAccess): Promise<TestResult> {
    return readTest(await call("POST", `${BASE}/test`, this.key, cameraJson(camera)));
  }

  /** The newest still, or null when there is none. */
  async thumbnail(id: string): Promise<Blob | null> {
    const headers = { Authorization: `Bearer ${this.key}` };
    const response = await fetch(`${pathOf(id)}/thumbnail`, { headers, cache: "no-store" }).catch(() => null);
    if (!response) throw new ApiError("offline", null, 0);
    return response.ok ? response.blob() : null;
  }

  /** The participant that this source is in `room`, or null. */
  async participant(id: string, room: string): Promise<string | null> {
    const path = `/api/v1/rooms/${encodeURIComponent(room)}/participants`;
    const everybody: unknown = record(await call("GET", path, this.key))["participants"];
    for (const one of Array.isArray(everybody) ? (everybody as unknown[]) : []) {
      if (text(record(record(one)["feed"])["source"]) === id) return text(record(one)["id"]);
    }
    return null;
  }
}
