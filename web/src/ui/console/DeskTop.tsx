import { Loader } from "@mantine/core";
import { IconDeviceTv, IconLogout, IconWifiOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { LanguageSwitch } from "../shared/LanguageSwitch";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./desk.module.css";

/** Whose walls these are, whether the connection stands, and the way out. */
export function DeskTop(): ReactNode {
  const text = useText();
  const { desk, room, state } = useDesk();
  const words = text.console;
  return (
    <header className={classes["top"]}>
      <span className={classes["mark"]} aria-hidden>
        <IconDeviceTv size={20} />
      </span>
      <h1>{words.title}</h1>
      <span className={classes["room"]}>{state.view.room?.name ?? room.name}</span>
      <span className={classes["link"]} role="status" data-phase={state.phase}>
        {state.phase === "reconnecting" && (
          <>
            <IconWifiOff size={18} aria-hidden />
            {words.link.reconnecting}
          </>
        )}
        {state.phase === "connecting" && (
          <>
            <Loader size={16} color="cyan.4" />
            {words.link.connecting}
          </>
        )}
      </span>
      <LanguageSwitch />
      <button
        type="button"
        className={classes["quiet"]}
        onClick={() => {
          desk.leave();
        }}
      >
        <IconLogout size={18} aria-hidden />
        {words.leave}
      </button>
    </header>
  );
}
