/** What of the recordings page is open, kept in the fragment: `#rec-…`, `t` in seconds from the beginning, `big` a track. */
export interface Place {
  /** Null: the library. */
  readonly recording: string | null;
  readonly atS: number;
  readonly big: string | null;
}

const LIBRARY: Place = { recording: null, atS: 0, big: null };

export function parsePlace(hash: string): Place {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const recording = fields.get("recording");
  if (!recording) return LIBRARY;
  const atS = Number(fields.get("t") ?? "0");
  return { recording, atS: Number.isFinite(atS) && atS > 0 ? atS : 0, big: fields.get("big") };
}

export function placeHash({ recording, atS, big }: Place): string {
  if (recording === null) return "";
  const fields = new URLSearchParams({ recording });
  if (atS > 0) fields.set("t", atS.toFixed(1));
  if (big !== null) fields.set("big", big);
  return `#${fields.toString()}`;
}
