import { useEffect, useState } from "react";
import { connect } from "../../app/browser";
import { Whep } from "../../rtc/whep";
import type { Sources } from "./useSources";

export interface LivePicture {
  readonly phase: "connecting" | "live" | "failed";
  readonly stream: MediaStream | null;
}

const START: LivePicture = { phase: "connecting", stream: null };
/** Long enough for the player to be let in; every join later needs a new token. */
const TOKEN_S = 120;

/** Plays the source as a viewer of `room` while this is mounted; "failed" when it cannot be played that way. */
export function useLivePicture(room: string | null, source: string, { admin, api }: Sources): LivePicture {
  const [picture, setPicture] = useState(START);
  useEffect(() => {
    let current = true;
    let player: Whep | null = null;
    const fail = (): void => {
      player?.close();
      if (current) setPicture({ phase: "failed", stream: null });
    };
    const play = async (): Promise<void> => {
      const participant = room === null ? null : await api.participant(source, room);
      if (room === null || participant === null) throw new Error("in no room");
      const token = await admin.token(room, "viewer", TOKEN_S);
      if (!current) return;
      const stream = new MediaStream();
      const media = (track: MediaStreamTrack): void => {
        stream.addTrack(track);
        if (current) setPicture({ phase: "live", stream });
      };
      player = new Whep({ connect, request: fetch.bind(window) }, { room, participant, token }, media, fail);
      await player.start();
    };
    play().catch(fail);
    return () => {
      current = false;
      player?.close();
    };
  }, [room, source, admin, api]);
  return picture;
}
