import type { ReactNode } from "react";
import { AdminPage } from "../home/AdminPage";
import { useAdmin } from "../home/useAdmin";
import { useText, useTitle } from "../shared/text";
import { FilmPage } from "./films/FilmPage";
import { LibraryView } from "./LibraryView";
import { PlayerPage } from "./PlayerPage";
import { useOpenFilm, useOpenRecording } from "./usePlace";

/** The library of recordings, one of them opened, or one of its films; for administrators. */
export function RecordingsPage(): ReactNode {
  useTitle(useText().recordings.title);
  const signedIn = useAdmin();
  const { admin, signOut } = signedIn;
  const recording = useOpenRecording();
  const film = useOpenFilm();
  if (admin && recording !== null && film !== null) return <FilmPage key={film} admin={admin} recording={recording} film={film} />;
  if (admin && recording !== null) return <PlayerPage key={recording} id={recording} admin={admin} onRefused={signOut} />;
  return (
    <AdminPage here="recordings" signedIn={signedIn}>
      {(one) => <LibraryView key={one.key} admin={one} onRefused={signOut} />}
    </AdminPage>
  );
}
