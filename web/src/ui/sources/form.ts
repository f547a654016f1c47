import type { CameraAccess, SourceDraft } from "../../app/sources-api";
import { isRtspAddress, takeCredentials } from "../../model/push";
import type { RtspTransport, Source } from "../../model/sources";
import type { Audience, FeedKind } from "../../protocol/generated";

/** What is typed into the form. */
export interface Fields {
  readonly name: string;
  readonly rooms: readonly string[];
  readonly audience: Audience;
  readonly address: string;
  readonly username: string;
  readonly password: string;
  readonly transport: RtspTransport;
  readonly onDemand: boolean;
}

export const EMPTY_FIELDS: Fields = {
  name: "",
  rooms: [],
  audience: "all",
  address: "",
  username: "",
  password: "",
  transport: "auto",
  onDemand: true,
};

export function fieldsOf({ name, rooms, audience, address, username, transport, onDemand }: Source): Fields {
  return { name, rooms, audience, address, username, password: "", transport, onDemand };
}

/** A pasted address may carry user and password: they go where they belong and are no longer shown. */
export function withAddress(fields: Fields, address: string): Fields {
  const found = takeCredentials(address);
  return found ? { ...fields, ...found } : { ...fields, address };
}

/** `keep`: an empty password means the saved one. */
export function accessOf({ address, username, password, transport }: Fields, keep: boolean): CameraAccess {
  const base = { address: address.trim(), username: username.trim(), transport };
  return keep && password === "" ? base : { ...base, password };
}

export function draftOf(kind: FeedKind, fields: Fields, keep: boolean): SourceDraft {
  const draft = { name: fields.name.trim(), rooms: fields.rooms, audience: fields.audience };
  return kind === "rtsp" ? { ...draft, camera: { ...accessOf(fields, keep), onDemand: fields.onDemand } } : draft;
}

/** Two forms reach the same camera in the same way. */
export function sameAccess(a: Fields, b: Fields): boolean {
  return a.address === b.address && a.username === b.username && a.password === b.password && a.transport === b.transport;
}

export type FieldProblem = "name" | "address";

export function problemOf(kind: FeedKind, fields: Fields): FieldProblem | null {
  if (fields.name.trim() === "") return "name";
  return kind === "rtsp" && !isRtspAddress(fields.address) ? "address" : null;
}
