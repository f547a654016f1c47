import type { ComponentProps, ReactNode } from "react";
import type { Admin } from "../../app/api";
import classes from "../shared/list.module.css";
import { AdminHeader } from "./AdminHeader";
import home from "./home.module.css";
import { SignIn } from "./SignIn";
import type { SignedIn } from "./useAdmin";

interface Props {
  readonly here: ComponentProps<typeof AdminHeader>["here"];
  readonly signedIn: SignedIn;
  readonly children: (admin: Admin) => ReactNode;
}

/** A page of the administrator's, or the way in. */
export function AdminPage({ here, signedIn: { admin, signIn, signOut }, children }: Props): ReactNode {
  return (
    <div className={home["page"]}>
      <AdminHeader here={here} signedIn={admin !== null} onSignOut={signOut} />
      {admin ? (
        children(admin)
      ) : (
        <main className={classes["signIn"]}>
          <SignIn onSignIn={signIn} />
        </main>
      )}
    </div>
  );
}
