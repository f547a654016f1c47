const KEY = "huishang.admin";

/** The administrator key lives as long as this tab. */
export function readAdminKey(): string | null {
  return sessionStorage.getItem(KEY);
}

export function writeAdminKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}
