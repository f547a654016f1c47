import { useEffect, useMemo, useState } from "react";
import { ApiError, type Admin } from "../../app/api";
import { RecordingsApi } from "../../app/recordings-api";
import { diagnose } from "../../app/recordings-probe";
import { Tickets } from "../../app/recordings-tickets";
import type { Recording } from "../../model/recording";
import { Conductor } from "../../player/conductor";
import { ElementDeck } from "../../player/deck";
import { openingMs, timelineOf, type Timeline } from "../../player/timeline";
import { realClock } from "../../rtc/clock";
import { readPlace } from "./usePlace";

export type Player = Conductor<ElementDeck>;

export interface Opened {
  readonly recording: Recording;
  readonly timeline: Timeline;
  readonly player: Player;
}

export interface Opening {
  readonly api: RecordingsApi;
  readonly opened: Opened | null;
  readonly failure: unknown;
  readonly retry: () => void;
}

const GROWS_MS = 4_000;
/** What one computer decodes at the same time, and what a browser allows of elements on one page. */
const LIMITS = { pictures: 12, sounds: 24 } as const;
const PHONE_LIMITS = { pictures: 4, sounds: 12 } as const;

/** Opens a recording for playing, and follows it while it still grows. */
export function usePlayer(admin: Admin, id: string, phone: boolean, onRefused: () => void): Opening {
  const api = useMemo(() => new RecordingsApi(admin.key), [admin]);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let current = true;
    const failed = (reason: unknown): void => {
      if (!current) return;
      if (reason instanceof ApiError && reason.status === 401) onRefused();
      else setFailure(reason);
    };
    const opener = new Opener(api, id, phone);
    opener.open((state) => {
      if (current) setOpened(state);
    }, failed);
    return () => {
      current = false;
      opener.close();
    };
  }, [api, id, phone, onRefused, round]);
  const retry = (): void => {
    setFailure(null);
    setRound((before) => before + 1);
  };
  return { api, opened, failure, retry };
}

class Opener {
  private readonly tickets: Tickets;
  private player: Player | null = null;
  private closed = false;
  private cancel: () => void = () => undefined;

  constructor(
    private readonly api: RecordingsApi,
    private readonly id: string,
    private readonly phone: boolean,
  ) {
    this.tickets = new Tickets(id, {
      clock: realClock,
      nowMs: () => Date.now(),
      ask: () => api.ticket(id),
    });
  }

  open(tell: (opened: Opened) => void, failed: (reason: unknown) => void): void {
    Promise.all([this.api.get(this.id), this.tickets.start()]).then(([recording]) => {
      if (!this.closed) this.begin(recording, tell);
    }, failed);
  }

  close(): void {
    this.closed = true;
    this.cancel();
    this.tickets.stop();
    this.player?.close();
  }

  private begin(recording: Recording, tell: (opened: Opened) => void): void {
    const timeline = timelineOf(recording);
    const deps = {
      clock: realClock,
      open: (kind: "audio" | "video", url: string, positionMs: number) => ElementDeck.open(kind, url, positionMs),
      addressOf: this.tickets.addressOf,
      diagnose: (segment: string) => diagnose(this.tickets, segment),
    };
    const { atS } = readPlace();
    const atMs = atS > 0 ? timeline.fromMs + atS * 1000 : openingMs(timeline);
    const player = new Conductor<ElementDeck>(timeline, this.phone ? PHONE_LIMITS : LIMITS, deps, atMs);
    this.player = player;
    player.start();
    tell({ recording, timeline, player });
    if (recording.state === "recording") this.follow(player, tell);
  }

  private follow(player: Player, tell: (opened: Opened) => void): void {
    this.cancel = realClock.after(GROWS_MS, () => {
      void this.api
        .get(this.id)
        .then((recording) => {
          if (this.closed) return true;
          const timeline = timelineOf(recording);
          player.extend(timeline);
          tell({ recording, timeline, player });
          return recording.state !== "recording";
        })
        // The server is away: what is known still plays, and it is asked again.
        .catch(() => false)
        .then((over) => {
          if (!over && !this.closed) this.follow(player, tell);
        });
    });
  }
}
