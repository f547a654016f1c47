import { useCallback, useEffect, useState } from "react";
import { ApiError } from "../../app/api";
import { check, enter, type Entrance } from "../../app/entrance";
import type { LocalMedia } from "../../app/local";
import { readPreferences, writePreferences } from "../../app/preferences";
import type { Role } from "../../protocol/generated";
import { readSeat } from "../../rtc/seat";

const refusal = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError("internal", null, 0);

interface Way {
  readonly entrance: Entrance;
  readonly join: (name: string) => Promise<void>;
  readonly retry: () => void;
}

/** From the link to the meeting. A reload in the middle of a meeting skips the lobby and takes the seat back. */
export function useEntrance(room: string, token: string | null, local: LocalMedia): Way {
  const [entrance, setEntrance] = useState<Entrance>({ step: "checking" });
  const [attempt, setAttempt] = useState(0);

  const go = useCallback(
    async (name: string, role: Role) => {
      writePreferences(localStorage, { name });
      const meeting = await enter({ room, token: token ?? "", name, local });
      setEntrance({ step: "meeting", meeting, role });
    },
    [room, token, local],
  );

  useEffect(() => {
    let current = true;
    const look = async (): Promise<void> => {
      const invitation = await check(token);
      if (!current) return;
      if (readSeat(sessionStorage, room)) {
        if (invitation.role !== "viewer") void local.start();
        await go(invitation.name || readPreferences(localStorage).name, invitation.role);
      } else {
        setEntrance({ step: "lobby", invitation });
      }
    };
    look().catch((error: unknown) => {
      if (current) setEntrance({ step: "refused", error: refusal(error) });
    });
    return () => {
      current = false;
    };
  }, [room, token, local, go, attempt]);

  const role = entrance.step === "lobby" ? entrance.invitation.role : "participant";
  return {
    entrance,
    join: useCallback((name: string) => go(name, role), [go, role]),
    retry: useCallback(() => {
      setEntrance({ step: "checking" });
      setAttempt((before) => before + 1);
    }, []),
  };
}
