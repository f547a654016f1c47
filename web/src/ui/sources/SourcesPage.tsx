import type { ReactNode } from "react";
import { AdminPage } from "../home/AdminPage";
import { useAdmin } from "../home/useAdmin";
import { useText, useTitle } from "../shared/text";
import { SourcesView } from "./SourcesView";

/** The page of cameras, drones and encoders; for administrators. */
export function SourcesPage(): ReactNode {
  useTitle(useText().sources.title);
  const signedIn = useAdmin();
  return (
    <AdminPage here="sources" signedIn={signedIn}>
      {(admin) => <SourcesView key={admin.key} admin={admin} onRefused={signedIn.signOut} />}
    </AdminPage>
  );
}
