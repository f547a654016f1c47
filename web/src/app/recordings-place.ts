/** What of the recordings page is open, kept in the fragment: `t` in seconds from the beginning, `big` a track. */
export interface Place {
  /** Null: the library. */
  readonly recording: string | null;
  readonly atS: number;
  readonly big: string | null;
  /** A composed film of it instead of its tracks. */
  readonly film: string | null;
}

export const LIBRARY: Place = { recording: null, atS: 0, big: null, film: null };

/** A recording from its beginning, or one of its films. */
export function placeOf(recording: string, film: string | null = null): Place {
  return { ...LIBRARY, recording, film };
}

export function parsePlace(hash: string): Place {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const recording = fields.get("recording");
  if (!recording) return LIBRARY;
  const atS = Number(fields.get("t") ?? "0");
  return { recording, atS: Number.isFinite(atS) && atS > 0 ? atS : 0, big: fields.get("big"), film: fields.get("film") };
}

export function placeHash({ recording, atS, big, film }: Place): string {
  if (recording === null) return "";
  const fields = new URLSearchParams({ recording });
  if (atS > 0) fields.set("t", atS.toFixed(1));
  if (big !== null) fields.set("big", big);
  if (film !== null) fields.set("film", film);
  return `#${fields.toString()}`;
}
