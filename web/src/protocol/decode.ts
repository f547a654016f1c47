import { SERVER_SHAPES, type ServerMessage } from "./generated";

/** A type as data, as `signaling/generate.py` writes it. */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  | "null"
  | { readonly oneOf: readonly string[] }
  | { readonly list: Shape }
  | { readonly optional: Shape }
  | { readonly anyOf: readonly Shape[] }
  | { readonly fields: Readonly<Record<string, Shape>> };

const SHAPES: Readonly<Record<string, Shape>> = SERVER_SHAPES;

/** Whether a value of JSON looks like `shape`. */
export function fits(value: unknown, shape: Shape): boolean {
  if (typeof shape === "string") {
    return shape === "null" ? value === null : typeof value === shape;
  }
  if ("oneOf" in shape) return typeof value === "string" && shape.oneOf.includes(value);
  if ("optional" in shape) return value === undefined || fits(value, shape.optional);
  if ("anyOf" in shape) return shape.anyOf.some((one) => fits(value, one));
  if ("list" in shape) return Array.isArray(value) && value.every((one) => fits(one, shape.list));
  if (typeof value !== "object" || value === null) return false;
  const record = value as Record<string, unknown>;
  return Object.entries(shape.fields).every(([name, inner]) => fits(record[name], inner));
}

/** One frame of the socket as a message, or null when it is none that this client knows. Unknown fields are ignored. */
export function decode(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const type = (value as Record<string, unknown>)["type"];
  if (typeof type !== "string" || !Object.hasOwn(SHAPES, type)) return null;
  const shape = SHAPES[type];
  return shape !== undefined && fits(value, shape) ? (value as ServerMessage) : null;
}
