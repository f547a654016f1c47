import { IconAdjustments, IconHeartbeat, IconServer2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useText, useTitle } from "../shared/text";
import { AdminHeader } from "./AdminHeader";
import classes from "./home.module.css";
import { PasteLink } from "./PasteLink";
import { Rooms } from "./Rooms";
import { SignIn } from "./SignIn";
import { useAdmin } from "./useAdmin";

/** The start page: go in with a link, or sign in and manage the rooms. */
export function HomePage(): ReactNode {
  useTitle(null);
  const { admin, signIn, signOut } = useAdmin();
  return (
    <div className={classes["page"]}>
      <AdminHeader here="rooms" signedIn={admin !== null} onSignOut={signOut} />
      {admin ? <Rooms admin={admin} onRefused={signOut} /> : <Welcome onSignIn={signIn} />}
    </div>
  );
}

const POINT_ICONS = [IconServer2, IconHeartbeat, IconAdjustments] as const;

function Welcome({ onSignIn }: { readonly onSignIn: (key: string) => void }): ReactNode {
  const text = useText();
  return (
    <main className={classes["welcome"]}>
      <section className={classes["hero"]}>
        <h1>
          {text.tagline.map((line) => (
            <span key={line}>{line}</span>
          ))}
        </h1>
        <ul className={classes["points"]}>
          {text.home.points.map(([title, words], index) => {
            const Icon = POINT_ICONS[index] ?? IconServer2;
            return (
              <li key={title}>
                <span className={classes["pointIcon"]}>
                  <Icon size={24} aria-hidden />
                </span>
                <span>
                  <strong>{title}</strong>
                  <span>{words}</span>
                </span>
              </li>
            );
          })}
        </ul>
      </section>
      <section className={classes["cards"]}>
        <PasteLink />
        <SignIn onSignIn={onSignIn} />
      </section>
    </main>
  );
}
