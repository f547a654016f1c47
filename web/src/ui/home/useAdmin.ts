import { useCallback, useMemo, useState } from "react";
import { readAdminKey, writeAdminKey } from "../../app/admin-key";
import { Admin } from "../../app/api";

export interface SignedIn {
  /** Null: nobody has signed in. */
  readonly admin: Admin | null;
  readonly signIn: (key: string) => void;
  readonly signOut: () => void;
}

/** Who administers from this browser. */
export function useAdmin(): SignedIn {
  const [key, setKey] = useState(readAdminKey);
  const admin = useMemo(() => (key === null ? null : new Admin(key)), [key]);
  const remember = useCallback((next: string | null): void => {
    writeAdminKey(next);
    setKey(next);
  }, []);
  const signOut = useCallback((): void => {
    remember(null);
  }, [remember]);
  return { admin, signIn: remember, signOut };
}
