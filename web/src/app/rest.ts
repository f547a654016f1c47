import type { Text } from "../protocol/generated";

/** What the server refused, or that it was not reached at all (`code` "offline"). */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly text: Text | null,
    readonly status: number,
  ) {
    super(code);
  }
}

export type Json = Readonly<Record<string, unknown>>;

export const record = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** One call of the REST interface; `token`: join token or administrator key. Every failure is an ApiError. */
export async function call(method: string, path: string, token: string, body?: Json): Promise<unknown> {
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    const payload = body ? { body: JSON.stringify(body) } : {};
    response = await fetch(path, { method, headers, cache: "no-store", ...payload });
  } catch {
    throw new ApiError("offline", null, 0);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  const { code, text: words } = record(answer);
  const { zh, en } = record(words);
  const sentence = typeof zh === "string" && typeof en === "string" ? { zh, en } : null;
  throw new ApiError(text(code) || "internal", sentence, response.status);
}

/** A time as the server writes it: seconds since 1970 or ISO 8601. */
export function timeMs(value: unknown): number | null {
  if (typeof value === "number") return value * 1000;
  const parsed = Date.parse(text(value));
  return Number.isNaN(parsed) ? null : parsed;
}
