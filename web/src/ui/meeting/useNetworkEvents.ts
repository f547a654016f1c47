import { useEffect } from "react";
import type { Meeting } from "../../app/meeting";

/** What the browser knows about the network, passed on before any timer would notice. */
export function useNetworkEvents(meeting: Meeting): void {
  useEffect(() => {
    const online = (): void => {
      meeting.online();
    };
    const offline = (): void => {
      meeting.offline();
    };
    window.addEventListener("online", online);
    window.addEventListener("offline", offline);
    return () => {
      window.removeEventListener("online", online);
      window.removeEventListener("offline", offline);
    };
  }, [meeting]);
}
