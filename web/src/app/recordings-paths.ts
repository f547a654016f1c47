export const BASE = "/api/v1/recordings";
export const pathOf = (id: string): string => `${BASE}/${encodeURIComponent(id)}`;
export const query = (fields: Readonly<Record<string, string>>): string => `?${new URLSearchParams(fields).toString()}`;
