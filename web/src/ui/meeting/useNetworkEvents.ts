import { useEffect } from "react";

interface Connected {
  online: () => void;
  offline: () => void;
}

/** What the browser knows about the network, passed on before any timer would notice. */
export function useNetworkEvents(page: Connected): void {
  useEffect(() => {
    const online = (): void => {
      page.online();
    };
    const offline = (): void => {
      page.offline();
    };
    window.addEventListener("online", online);
    window.addEventListener("offline", offline);
    return () => {
      window.removeEventListener("online", online);
      window.removeEventListener("offline", offline);
    };
  }, [page]);
}
