// Made from signaling/protocol.py by `python -m signaling.generate`. Do not edit by hand.

export const VERSION = 1;

export type Role = "host" | "participant" | "viewer";

export type TrackSource = "camera" | "microphone" | "screen" | "screen-audio";

export type Kind = "audio" | "video";

export type ParticipantKind = "person" | "encoder" | "viewer" | "source";

export type Presence = "here" | "reconnecting";

export type LayerReason = "fits" | "tile" | "bandwidth" | "no-layer" | "hidden" | "publisher-paused" | "waiting-keyframe";

export type FeedKind = "rtsp" | "rtmp" | "srt" | "whip";

export type FeedState = "disabled" | "standby" | "waiting" | "connecting" | "live" | "low-rate" | "frozen" | "offline" | "wrong-password" | "unreachable" | "unsupported" | "quarantined";

export type FeedCause = "publisher-left" | "no-media" | "camera-closed" | "crashed" | "stalled" | "over-limit" | "key-revoked" | "key-expired" | "name-unknown" | "refused" | "timed-out" | "address-not-allowed" | "not-found" | "redirected" | "protocol" | "video-codec" | "no-tracks" | "server-full";

export type Transcoding = "b-frames" | "h265" | "video-codec" | "audio-codec" | "viewer";

/**
 * First message on every socket. With `resume` the seat of that token comes back instead of a new one.
 * `media_alive`: this page still holds the PeerConnections of that seat (only the socket was lost); False after a
 * reload.
 */
export interface Join {
  readonly type: "join";
  readonly version: number;
  readonly token: string;
  readonly name?: string;
  readonly resume?: string | null;
  readonly mediaAlive?: boolean;
}

/** What m-section `mid` of the offer carries. `muted` is the state from the start. */
export interface PublishTrack {
  readonly mid: string;
  readonly source: TrackSource;
  readonly muted?: boolean;
}

/**
 * The up connection's offer: all m-sections each time, `tracks` lists those that send now. An ICE restart is an
 * offer with new credentials.
 */
export interface PublishOffer {
  readonly type: "publish-offer";
  readonly offer: number;
  readonly sdp: string;
  readonly tracks: readonly PublishTrack[];
}

export interface SubscribeAnswer {
  readonly type: "subscribe-answer";
  readonly offer: number;
  readonly sdp: string;
}

/** Tile size in device pixels; 0×0 = hidden: unsubscribed until a later `wants` shows it again. */
export interface WantedTrack {
  readonly track: string;
  readonly width: number;
  readonly height: number;
  readonly priority?: number;
}

/** Replaces earlier wishes for the tracks it names. Video not yet named is not sent; audio always is. */
export interface Wants {
  readonly type: "wants";
  readonly tracks: readonly WantedTrack[];
}

/** The publisher tells that a track of its own is muted or not. */
export interface Mute {
  readonly type: "mute";
  readonly track: string;
  readonly muted: boolean;
}

/** A host holds a track back from everybody, or lets it go again: the server forwards nothing of a blocked track. */
export interface Block {
  readonly type: "block";
  readonly track: string;
  readonly blocked: boolean;
}

/** A host has the room recorded; everybody is told. */
export interface RecordStart {
  readonly type: "record-start";
}

/** A host ends the recording. */
export interface RecordStop {
  readonly type: "record-stop";
}

/** Please offer the down connection again with new ICE credentials. */
export interface RestartDown {
  readonly type: "restart-down";
}

/** A host removes somebody; a token that names one identity stops working. */
export interface Remove {
  readonly type: "remove";
  readonly participant: string;
}

/** Goodbye: the seat is given up at once. */
export interface Leave {
  readonly type: "leave";
}

export interface Ping {
  readonly type: "ping";
  readonly sentMs: number;
}

/**
 * The room is being recorded. `started_by`: a name, "" when the API or the room's setting began it. `alarm`: why
 * nothing is written right now (full, error, slow, restarting), null while all is well.
 */
export interface RecordingMark {
  readonly id: string;
  readonly startedBy: string;
  readonly startedAtMs: number;
  readonly alarm: string | null;
}

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly startedAtMs: number;
  readonly recording?: RecordingMark | null;
}

/** A published track. `muted`: its publisher sends silence or nothing; `blocked`: the server forwards nothing. */
export interface Track {
  readonly id: string;
  readonly kind: Kind;
  readonly source: TrackSource;
  readonly muted: boolean;
  readonly blocked: boolean;
  readonly receiving: boolean;
}

/**
 * What a source's tile must say to be true. `since_ms`: Unix time at which this state began; for `offline`, when
 * the last picture came. `transcoding`: why the server re-encodes; empty while it does not.
 */
export interface Feed {
  readonly source: string;
  readonly kind: FeedKind;
  readonly state: FeedState;
  readonly cause: FeedCause | null;
  readonly sinceMs: number;
  readonly transcoding: readonly Transcoding[];
}

export interface Participant {
  readonly id: string;
  readonly identity: string;
  readonly name: string;
  readonly role: Role;
  readonly kind: ParticipantKind;
  readonly presence: Presence;
  readonly joinedAtMs: number;
  readonly quality: number;
  readonly tracks: readonly Track[];
  readonly feed?: Feed | null;
}

/** The whole room as it is now; also the answer to a resync. `resumed`: the old seat came back. */
export interface Welcome {
  readonly type: "welcome";
  readonly version: number;
  readonly you: string;
  readonly room: Room;
  readonly participants: readonly Participant[];
  readonly resume: string;
  readonly resumeTtlS: number;
  readonly resumed: boolean;
  readonly serverTimeMs: number;
}

export interface Joined {
  readonly type: "joined";
  readonly participant: Participant;
}

/** Replaces what is known of this participant (presence, quality, tracks). */
export interface Updated {
  readonly type: "updated";
  readonly participant: Participant;
}

export interface Left {
  readonly type: "left";
  readonly participant: string;
  readonly reason: "left" | "lost" | "removed" | "replaced" | "room-closed";
}

export interface PublishedTrack {
  readonly mid: string;
  readonly track: string;
}

export interface PublishAnswer {
  readonly type: "publish-answer";
  readonly offer: number;
  readonly sdp: string;
  readonly tracks: readonly PublishedTrack[];
}

/** The down connection's offer. `tracks` tells which track each live m-section carries. */
export interface SubscribeOffer {
  readonly type: "subscribe-offer";
  readonly offer: number;
  readonly sdp: string;
  readonly tracks: readonly PublishedTrack[];
}

/** What is sent of a track to this client; `layer` null: nothing, and `reason` says why. */
export interface Layer {
  readonly type: "layer";
  readonly track: string;
  readonly layer: number | null;
  readonly temporal: number;
  readonly reason: LayerReason;
}

/** Participants by loudness, loudest first; empty when all are silent. */
export interface Speakers {
  readonly type: "speakers";
  readonly participants: readonly string[];
}

/**
 * One source, measured over the last second. Codecs as it sends them, "" while unknown; ages in ms, null while
 * there was no picture. `content_age_ms`: since the last picture that showed something new.
 */
export interface SourceNumbers {
  readonly participant: string;
  readonly bitrateBps: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  readonly videoCodec: string;
  readonly audioCodec: string;
  readonly pictureAgeMs: number | null;
  readonly contentAgeMs: number | null;
}

/** The numbers of the room's sources, every two seconds. */
export interface Sources {
  readonly type: "sources";
  readonly sources: readonly SourceNumbers[];
}

/** The room's recording began, changed or (null) ended. */
export interface Recording {
  readonly type: "recording";
  readonly recording: RecordingMark | null;
}

export interface Pong {
  readonly type: "pong";
  readonly sentMs: number;
  readonly serverTimeMs: number;
}

/** One sentence in both languages. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

/** A request was not done. `code` is stable; `text` is for people. */
export interface Refused {
  readonly type: "refused";
  readonly code: string;
  readonly text: Text;
  readonly about?: string | null;
  readonly offer?: number | null;
}

/** The last message before the server closes the socket. `again`: reconnecting makes sense. */
export interface Goodbye {
  readonly type: "goodbye";
  readonly code: string;
  readonly text: Text;
  readonly again: boolean;
}

export type ClientMessage =
  | Join
  | PublishOffer
  | SubscribeAnswer
  | Wants
  | Mute
  | Block
  | RecordStart
  | RecordStop
  | RestartDown
  | Remove
  | Leave
  | Ping;

export type ServerMessage =
  | Welcome
  | Joined
  | Updated
  | Left
  | PublishAnswer
  | SubscribeOffer
  | Layer
  | Speakers
  | Sources
  | Recording
  | Pong
  | Refused
  | Goodbye;

/** What a message of the server must look like; see decode.ts. */
export const SERVER_SHAPES = {
  "welcome": {"fields": {"version": "number", "you": "string", "room": {"fields": {"id": "string", "name": "string", "startedAtMs": "number", "recording": {"optional": {"anyOf": [{"fields": {"id": "string", "startedBy": "string", "startedAtMs": "number", "alarm": {"anyOf": ["string", "null"]}}}, "null"]}}}}, "participants": {"list": {"fields": {"id": "string", "identity": "string", "name": "string", "role": {"oneOf": ["host", "participant", "viewer"]}, "kind": {"oneOf": ["encoder", "person", "source", "viewer"]}, "presence": {"oneOf": ["here", "reconnecting"]}, "joinedAtMs": "number", "quality": "number", "tracks": {"list": {"fields": {"id": "string", "kind": {"oneOf": ["audio", "video"]}, "source": {"oneOf": ["camera", "microphone", "screen", "screen-audio"]}, "muted": "boolean", "blocked": "boolean", "receiving": "boolean"}}}, "feed": {"optional": {"anyOf": [{"fields": {"source": "string", "kind": {"oneOf": ["rtmp", "rtsp", "srt", "whip"]}, "state": {"oneOf": ["connecting", "disabled", "frozen", "live", "low-rate", "offline", "quarantined", "standby", "unreachable", "unsupported", "waiting", "wrong-password"]}, "cause": {"anyOf": [{"oneOf": ["address-not-allowed", "camera-closed", "crashed", "key-expired", "key-revoked", "name-unknown", "no-media", "no-tracks", "not-found", "over-limit", "protocol", "publisher-left", "redirected", "refused", "server-full", "stalled", "timed-out", "video-codec"]}, "null"]}, "sinceMs": "number", "transcoding": {"list": {"oneOf": ["audio-codec", "b-frames", "h265", "video-codec", "viewer"]}}}}, "null"]}}}}}, "resume": "string", "resumeTtlS": "number", "resumed": "boolean", "serverTimeMs": "number"}},
  "joined": {"fields": {"participant": {"fields": {"id": "string", "identity": "string", "name": "string", "role": {"oneOf": ["host", "participant", "viewer"]}, "kind": {"oneOf": ["encoder", "person", "source", "viewer"]}, "presence": {"oneOf": ["here", "reconnecting"]}, "joinedAtMs": "number", "quality": "number", "tracks": {"list": {"fields": {"id": "string", "kind": {"oneOf": ["audio", "video"]}, "source": {"oneOf": ["camera", "microphone", "screen", "screen-audio"]}, "muted": "boolean", "blocked": "boolean", "receiving": "boolean"}}}, "feed": {"optional": {"anyOf": [{"fields": {"source": "string", "kind": {"oneOf": ["rtmp", "rtsp", "srt", "whip"]}, "state": {"oneOf": ["connecting", "disabled", "frozen", "live", "low-rate", "offline", "quarantined", "standby", "unreachable", "unsupported", "waiting", "wrong-password"]}, "cause": {"anyOf": [{"oneOf": ["address-not-allowed", "camera-closed", "crashed", "key-expired", "key-revoked", "name-unknown", "no-media", "no-tracks", "not-found", "over-limit", "protocol", "publisher-left", "redirected", "refused", "server-full", "stalled", "timed-out", "video-codec"]}, "null"]}, "sinceMs": "number", "transcoding": {"list": {"oneOf": ["audio-codec", "b-frames", "h265", "video-codec", "viewer"]}}}}, "null"]}}}}}},
  "updated": {"fields": {"participant": {"fields": {"id": "string", "identity": "string", "name": "string", "role": {"oneOf": ["host", "participant", "viewer"]}, "kind": {"oneOf": ["encoder", "person", "source", "viewer"]}, "presence": {"oneOf": ["here", "reconnecting"]}, "joinedAtMs": "number", "quality": "number", "tracks": {"list": {"fields": {"id": "string", "kind": {"oneOf": ["audio", "video"]}, "source": {"oneOf": ["camera", "microphone", "screen", "screen-audio"]}, "muted": "boolean", "blocked": "boolean", "receiving": "boolean"}}}, "feed": {"optional": {"anyOf": [{"fields": {"source": "string", "kind": {"oneOf": ["rtmp", "rtsp", "srt", "whip"]}, "state": {"oneOf": ["connecting", "disabled", "frozen", "live", "low-rate", "offline", "quarantined", "standby", "unreachable", "unsupported", "waiting", "wrong-password"]}, "cause": {"anyOf": [{"oneOf": ["address-not-allowed", "camera-closed", "crashed", "key-expired", "key-revoked", "name-unknown", "no-media", "no-tracks", "not-found", "over-limit", "protocol", "publisher-left", "redirected", "refused", "server-full", "stalled", "timed-out", "video-codec"]}, "null"]}, "sinceMs": "number", "transcoding": {"list": {"oneOf": ["audio-codec", "b-frames", "h265", "video-codec", "viewer"]}}}}, "null"]}}}}}},
  "left": {"fields": {"participant": "string", "reason": {"oneOf": ["left", "lost", "removed", "replaced", "room-closed"]}}},
  "publish-answer": {"fields": {"offer": "number", "sdp": "string", "tracks": {"list": {"fields": {"mid": "string", "track": "string"}}}}},
  "subscribe-offer": {"fields": {"offer": "number", "sdp": "string", "tracks": {"list": {"fields": {"mid": "string", "track": "string"}}}}},
  "layer": {"fields": {"track": "string", "layer": {"anyOf": ["number", "null"]}, "temporal": "number", "reason": {"oneOf": ["bandwidth", "fits", "hidden", "no-layer", "publisher-paused", "tile", "waiting-keyframe"]}}},
  "speakers": {"fields": {"participants": {"list": "string"}}},
  "sources": {"fields": {"sources": {"list": {"fields": {"participant": "string", "bitrateBps": "number", "fps": "number", "width": "number", "height": "number", "videoCodec": "string", "audioCodec": "string", "pictureAgeMs": {"anyOf": ["number", "null"]}, "contentAgeMs": {"anyOf": ["number", "null"]}}}}}},
  "recording": {"fields": {"recording": {"anyOf": [{"fields": {"id": "string", "startedBy": "string", "startedAtMs": "number", "alarm": {"anyOf": ["string", "null"]}}}, "null"]}}},
  "pong": {"fields": {"sentMs": "number", "serverTimeMs": "number"}},
  "refused": {"fields": {"code": "string", "text": {"fields": {"zh": "string", "en": "string"}}, "about": {"optional": {"anyOf": ["string", "null"]}}, "offer": {"optional": {"anyOf": ["number", "null"]}}}},
  "goodbye": {"fields": {"code": "string", "text": {"fields": {"zh": "string", "en": "string"}}, "again": "boolean"}},
} as const;
