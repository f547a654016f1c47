import { useCallback, useMemo, useState, type ReactNode } from "react";
import { Admin } from "../../app/api";
import { readAdminKey, writeAdminKey } from "../../app/admin-key";
import { AdminHeader } from "../home/AdminHeader";
import home from "../home/home.module.css";
import { SignIn } from "../home/SignIn";
import { useText, useTitle } from "../shared/text";
import { LibraryView } from "./LibraryView";
import classes from "./library.module.css";
import { PlayerPage } from "./PlayerPage";
import { useOpenRecording } from "./usePlace";

/** The library of recordings, and one of them opened; for administrators. */
export function RecordingsPage(): ReactNode {
  useTitle(useText().recordings.title);
  const [key, setKey] = useState(readAdminKey);
  const admin = useMemo(() => (key === null ? null : new Admin(key)), [key]);
  const recording = useOpenRecording();
  const remember = useCallback((next: string | null): void => {
    writeAdminKey(next);
    setKey(next);
  }, []);
  const signOut = useCallback((): void => {
    remember(null);
  }, [remember]);
  if (admin && recording !== null) return <PlayerPage key={recording} id={recording} admin={admin} onRefused={signOut} />;
  return (
    <div className={home["page"]}>
      <AdminHeader here="recordings" signedIn={key !== null} onSignOut={signOut} />
      {admin ? (
        <LibraryView key={admin.key} admin={admin} onRefused={signOut} />
      ) : (
        <main className={classes["signIn"]}>
          <SignIn onSignIn={remember} />
        </main>
      )}
    </div>
  );
}
