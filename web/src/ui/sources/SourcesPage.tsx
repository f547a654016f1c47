import { useCallback, useMemo, useState, type ReactNode } from "react";
import { Admin } from "../../app/api";
import { readAdminKey, writeAdminKey } from "../../app/admin-key";
import { AdminHeader } from "../home/AdminHeader";
import home from "../home/home.module.css";
import { SignIn } from "../home/SignIn";
import { useText, useTitle } from "../shared/text";
import { SourcesView } from "./SourcesView";
import classes from "./sources.module.css";

/** The page of cameras, drones and encoders; for administrators. */
export function SourcesPage(): ReactNode {
  useTitle(useText().sources.title);
  const [key, setKey] = useState(readAdminKey);
  const admin = useMemo(() => (key === null ? null : new Admin(key)), [key]);
  const remember = useCallback((next: string | null): void => {
    writeAdminKey(next);
    setKey(next);
  }, []);
  const signOut = useCallback((): void => {
    remember(null);
  }, [remember]);
  return (
    <div className={home["page"]}>
      <AdminHeader here="sources" signedIn={key !== null} onSignOut={signOut} />
      {admin ? (
        <SourcesView key={admin.key} admin={admin} onRefused={signOut} />
      ) : (
        <main className={classes["signIn"]}>
          <SignIn onSignIn={remember} />
        </main>
      )}
    </div>
  );
}
