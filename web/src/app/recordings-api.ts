import type { Recording } from "../model/recording";
import { FilmsApi } from "./recordings-films";
import { BASE, pathOf, query } from "./recordings-paths";
import { readRecording, readRecordings, type RecordingsPart } from "./recordings-read";
import { call, record, text, timeMs } from "./rest";

/** Lets a media element, which can send no header, fetch the bytes of one recording for a few minutes. */
export interface Ticket {
  readonly ticket: string;
  readonly expiresAtMs: number;
}

export function segmentUrl(recording: string, segment: string, ticket: string): string {
  return `${pathOf(recording)}/segments/${encodeURIComponent(segment)}${query({ ticket })}`;
}

export function downloadUrl(recording: string, segment: string, ticket: string): string {
  return `${pathOf(recording)}/segments/${encodeURIComponent(segment)}${query({ download: "1", ticket })}`;
}

export function archiveUrl(recording: string, ticket: string): string {
  return `${pathOf(recording)}/archive${query({ ticket })}`;
}

/** The administrator's calls about recordings. Every failure is an ApiError. */
export class RecordingsApi {
  constructor(private readonly key: string) {}

  /** Newest first, `limit` at most; `after`: the `next` of the part before. */
  async list(after: string | null, limit: number): Promise<RecordingsPart> {
    const fields = { limit: String(limit), ...(after === null ? {} : { after }) };
    return readRecordings(await call("GET", `${BASE}${query(fields)}`, this.key));
  }

  async get(id: string): Promise<Recording> {
    return readRecording(await call("GET", pathOf(id), this.key));
  }

  /** For good; the reason is kept on the tombstone. */
  async remove(id: string, reason: string): Promise<void> {
    await call("DELETE", pathOf(id), this.key, { reason });
  }

  async hold(id: string, held: boolean): Promise<void> {
    await call("POST", `${pathOf(id)}/hold`, this.key, { held });
  }

  films(id: string): FilmsApi {
    return new FilmsApi(this.key, id);
  }

  async ticket(id: string): Promise<Ticket> {
    const { ticket, expiresAt } = record(await call("POST", `${pathOf(id)}/ticket`, this.key));
    return { ticket: text(ticket), expiresAtMs: timeMs(expiresAt) ?? 0 };
  }
}
