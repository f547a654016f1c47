import { Button } from "@mantine/core";
import { IconDeviceCctv, IconDoor, IconLogout, IconMovie } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Brand } from "../shared/Brand";
import { LanguageSwitch } from "../shared/LanguageSwitch";
import { useText } from "../shared/text";
import classes from "./header.module.css";

interface Props {
  readonly here: "rooms" | "sources" | "recordings";
  readonly signedIn: boolean;
  readonly onSignOut: () => void;
}

/** Head of the administrator's pages: the way between them, the language, the way out. */
export function AdminHeader({ here, signedIn, onSignOut }: Props): ReactNode {
  const text = useText();
  return (
    <header className={classes["header"]} data-wide={here !== "rooms"}>
      <Brand />
      {signedIn && (
        <nav className={classes["nav"]}>
          <a href="/" aria-current={here === "rooms" ? "page" : undefined}>
            <IconDoor size={18} aria-hidden />
            {text.home.rooms}
          </a>
          <a href="/sources" aria-current={here === "sources" ? "page" : undefined}>
            <IconDeviceCctv size={18} aria-hidden />
            {text.sources.title}
          </a>
          <a href="/recordings" aria-current={here === "recordings" ? "page" : undefined}>
            <IconMovie size={18} aria-hidden />
            {text.recordings.title}
          </a>
        </nav>
      )}
      <div className={classes["actions"]}>
        <LanguageSwitch />
        {signedIn && (
          <Button
            variant="subtle"
            color="gray"
            size="md"
            className={classes["out"] ?? ""}
            aria-label={text.home.signOut}
            leftSection={<IconLogout size={18} aria-hidden />}
            onClick={onSignOut}
          >
            <span className={classes["outWord"]}>{text.home.signOut}</span>
          </Button>
        )}
      </div>
    </header>
  );
}
