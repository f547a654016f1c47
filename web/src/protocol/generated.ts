// Made from signaling/protocol.py by `python -m signaling.generate`. Do not edit by hand.

export const VERSION = 1;

export type Role = "host" | "participant" | "viewer";

export type TrackSource = "camera" | "microphone" | "screen" | "screen-audio";

export type Kind = "audio" | "video";

export type ParticipantKind = "person" | "encoder" | "viewer" | "source" | "wall" | "console";

export type Audience = "all" | "hosts";

export type Presence = "here" | "reconnecting";

export type LayerReason = "fits" | "tile" | "bandwidth" | "no-layer" | "hidden" | "publisher-paused" | "waiting-keyframe";

export type FeedKind = "rtsp" | "rtmp" | "srt" | "whip";

export type FeedState = "disabled" | "standby" | "waiting" | "connecting" | "live" | "low-rate" | "frozen" | "offline" | "wrong-password" | "unreachable" | "unsupported" | "quarantined";

export type FeedCause = "publisher-left" | "no-media" | "camera-closed" | "crashed" | "stalled" | "over-limit" | "key-revoked" | "key-expired" | "name-unknown" | "refused" | "timed-out" | "address-not-allowed" | "not-found" | "redirected" | "protocol" | "video-codec" | "no-tracks" | "server-full";

export type Transcoding = "b-frames" | "h265" | "video-codec" | "audio-codec" | "viewer";

export type ContentKind = "nothing" | "participant" | "speaker" | "screen" | "group" | "web" | "clock" | "countdown" | "text";

export type PaneState = "shown" | "absent" | "no-video" | "locked" | "empty";

export type SeenState = "live" | "frozen" | "waiting" | "lost" | "empty";

export type Turn = "pause" | "resume" | "next" | "previous";

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
  readonly console?: boolean;
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

/** A host's console wants to be told of every wall of the room, or no longer. */
export interface WatchWalls {
  readonly type: "walls-watch";
  readonly on: boolean;
}

/** What a pane holds; fields that its kind does not use are empty. */
export interface WallContent {
  readonly kind: ContentKind;
  readonly identity?: string;
  readonly group?: string;
  readonly url?: string;
  readonly text?: string;
  readonly untilMs?: number;
}

export interface Place {
  readonly do: "place";
  readonly pane: number;
  readonly content: WallContent;
}

export interface Swap {
  readonly do: "swap";
  readonly pane: number;
  readonly other: number;
}

/** `pane` fills the canvas; null: all are shown again. */
export interface Enlarge {
  readonly do: "enlarge";
  readonly pane: number | null;
}

/** The wall shows this scene from now on. */
export interface ApplyScene {
  readonly do: "apply";
  readonly scene: string;
}

/** Another division; contents keep their order, those beyond the last pane are dropped. */
export interface SetTemplate {
  readonly do: "template";
  readonly template: string;
}

/** Fractions of the canvas. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A polling group: its members take turns in the panes that hold it. */
export interface WallGroup {
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly everyS?: number;
  readonly skipAbsent?: boolean;
}

/** `template`: grid-N, one-big-N, or free with `windows`. One pane for each window of the template. */
export interface WallBoard {
  readonly width: number;
  readonly height: number;
  readonly template: string;
  readonly windows: readonly Window[];
  readonly panes: readonly WallContent[];
  readonly groups: readonly WallGroup[];
  readonly alarmPane?: number | null;
}

/** The whole board anew: free windows, polling groups, the alarm pane. */
export interface SetBoard {
  readonly do: "board";
  readonly board: WallBoard;
}

export interface TurnGroup {
  readonly do: "turn";
  readonly group: string;
  readonly turn: Turn;
}

/** A pane of a polling group keeps what it shows, or turns again. */
export interface PinPane {
  readonly do: "pin";
  readonly pane: number;
  readonly pinned: boolean;
}

/** `only`: whose sound the wall plays, by identity; empty: everybody's. */
export interface SetSound {
  readonly do: "sound";
  readonly muted: boolean;
  readonly only?: string;
}

/** From now on only this console edits the wall. A host may take a wall from another: that one is told. */
export interface TakeOver {
  readonly do: "take";
}

/** Every console may edit it again. */
export interface HandBack {
  readonly do: "hand-back";
}

/** The last edit of what the wall shows is taken back; the last 50 can be. */
export interface Undo {
  readonly do: "undo";
}

/** Push to all: everyone in the room sees this wall's layout, or no longer. */
export interface Share {
  readonly do: "share";
  readonly on: boolean;
}

/** `base`: the version that the console saw; another version now is refused with `wall-changed`. */
export interface EditWall {
  readonly type: "wall-edit";
  readonly wall: string;
  readonly base: number;
  readonly edit: Place | Swap | Enlarge | ApplyScene | SetTemplate | SetBoard | TurnGroup | PinPane | SetSound | TakeOver | HandBack | Undo | Share;
}

/** What a kiosk really shows in a pane. `age_ms`: of the newest picture, null while there was none. */
export interface SeenPane {
  readonly pane: number;
  readonly state: SeenState;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly ageMs?: number | null;
}

/**
 * A kiosk's own truth, every two seconds and at each change. `version`: of the wall it draws. `width`, `height`: of
 * its screen in device pixels.
 */
export interface ReportWall {
  readonly type: "wall-report";
  readonly version: number;
  readonly width: number;
  readonly height: number;
  readonly panes: readonly SeenPane[];
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
  readonly audience?: Audience;
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

/** One pane at this moment; see conference.model.wall.PaneView. `shows`, `next`: participants' ids. */
export interface WallPane {
  readonly index: number;
  readonly rect: Window;
  readonly content: WallContent;
  readonly state: PaneState;
  readonly shows: string | null;
  readonly screen: boolean;
  readonly name: string;
  readonly next: string | null;
  readonly nextAtMs: number | null;
  readonly alarm: string | null;
  readonly pinned: boolean;
}

/** A polling group's state now. `turns_at_ms`: Unix time of its next turn, null while it is paused. */
export interface WallRotation {
  readonly group: string;
  readonly step: number;
  readonly paused: boolean;
  readonly turnsAtMs: number | null;
}

export interface WallAlarm {
  readonly id: string;
  readonly identity: string;
  readonly text: string;
  readonly raisedAtMs: number;
  readonly raisedBy: string;
}

/**
 * A wall as it is now, whole: to its kiosk and to consoles that watch. `panes`: in drawing order; with an enlarged
 * pane that one alone. `hears`: whose sound it plays; null: everybody's.
 */
export interface Wall {
  readonly type: "wall";
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly board: WallBoard;
  readonly scene: string | null;
  readonly sceneVersion: number;
  readonly enlarged: number | null;
  readonly muted: boolean;
  readonly only: string;
  readonly hears: string | null;
  readonly panes: readonly WallPane[];
  readonly rotations: readonly WallRotation[];
  readonly alarms: readonly WallAlarm[];
  readonly takenBy: string | null;
  readonly takenName: string;
  readonly online: boolean;
  readonly sharing: boolean;
}

/** It was revoked, or drives another room now. */
export interface WallGone {
  readonly type: "wall-gone";
  readonly wall: string;
}

/** A kiosk's report, to consoles that watch. */
export interface WallSeen {
  readonly type: "wall-seen";
  readonly wall: string;
  readonly version: number;
  readonly width: number;
  readonly height: number;
  readonly panes: readonly SeenPane[];
}

/**
 * To consoles that watch, at once and whenever a scene was added, saved or deleted: what they know of the room's
 * scenes is to be read again.
 */
export interface ScenesChanged {
  readonly type: "scenes";
}

/**
 * Push to all: the room sees these panes; null: everybody has its own view again. What this viewer may not see is
 * `locked`. `by`: who pushed it.
 */
export interface SharedLayout {
  readonly type: "layout";
  readonly panes: readonly WallPane[] | null;
  readonly width: number;
  readonly height: number;
  readonly by: string;
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
  | Ping
  | WatchWalls
  | EditWall
  | ReportWall;

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
  | Wall
  | WallGone
  | WallSeen
  | ScenesChanged
  | SharedLayout
  | Pong
  | Refused
  | Goodbye;

/** What a message of the server must look like; see decode.ts. */
export const SERVER_SHAPES = {
  "welcome": {"fields": {"version": "number", "you": "string", "room": {"fields": {"id": "string", "name": "string", "startedAtMs": "number", "recording": {"optional": {"anyOf": [{"fields": {"id": "string", "startedBy": "string", "startedAtMs": "number", "alarm": {"anyOf": ["string", "null"]}}}, "null"]}}}}, "participants": {"list": {"fields": {"id": "string", "identity": "string", "name": "string", "role": {"oneOf": ["host", "participant", "viewer"]}, "kind": {"oneOf": ["console", "encoder", "person", "source", "viewer", "wall"]}, "presence": {"oneOf": ["here", "reconnecting"]}, "joinedAtMs": "number", "quality": "number", "tracks": {"list": {"fields": {"id": "string", "kind": {"oneOf": ["audio", "video"]}, "source": {"oneOf": ["camera", "microphone", "screen", "screen-audio"]}, "muted": "boolean", "blocked": "boolean", "receiving": "boolean"}}}, "feed": {"optional": {"anyOf": [{"fields": {"source": "string", "kind": {"oneOf": ["rtmp", "rtsp", "srt", "whip"]}, "state": {"oneOf": ["connecting", "disabled", "frozen", "live", "low-rate", "offline", "quarantined", "standby", "unreachable", "unsupported", "waiting", "wrong-password"]}, "cause": {"anyOf": [{"oneOf": ["address-not-allowed", "camera-closed", "crashed", "key-expired", "key-revoked", "name-unknown", "no-media", "no-tracks", "not-found", "over-limit", "protocol", "publisher-left", "redirected", "refused", "server-full", "stalled", "timed-out", "video-codec"]}, "null"]}, "sinceMs": "number", "transcoding": {"list": {"oneOf": ["audio-codec", "b-frames", "h265", "video-codec", "viewer"]}}}}, "null"]}}, "audience": {"optional": {"oneOf": ["all", "hosts"]}}}}}, "resume": "string", "resumeTtlS": "number", "resumed": "boolean", "serverTimeMs": "number"}},
  "joined": {"fields": {"participant": {"fields": {"id": "string", "identity": "string", "name": "string", "role": {"oneOf": ["host", "participant", "viewer"]}, "kind": {"oneOf": ["console", "encoder", "person", "source", "viewer", "wall"]}, "presence": {"oneOf": ["here", "reconnecting"]}, "joinedAtMs": "number", "quality": "number", "tracks": {"list": {"fields": {"id": "string", "kind": {"oneOf": ["audio", "video"]}, "source": {"oneOf": ["camera", "microphone", "screen", "screen-audio"]}, "muted": "boolean", "blocked": "boolean", "receiving": "boolean"}}}, "feed": {"optional": {"anyOf": [{"fields": {"source": "string", "kind": {"oneOf": ["rtmp", "rtsp", "srt", "whip"]}, "state": {"oneOf": ["connecting", "disabled", "frozen", "live", "low-rate", "offline", "quarantined", "standby", "unreachable", "unsupported", "waiting", "wrong-password"]}, "cause": {"anyOf": [{"oneOf": ["address-not-allowed", "camera-closed", "crashed", "key-expired", "key-revoked", "name-unknown", "no-media", "no-tracks", "not-found", "over-limit", "protocol", "publisher-left", "redirected", "refused", "server-full", "stalled", "timed-out", "video-codec"]}, "null"]}, "sinceMs": "number", "transcoding": {"list": {"oneOf": ["audio-codec", "b-frames", "h265", "video-codec", "viewer"]}}}}, "null"]}}, "audience": {"optional": {"oneOf": ["all", "hosts"]}}}}}},
  "updated": {"fields": {"participant": {"fields": {"id": "string", "identity": "string", "name": "string", "role": {"oneOf": ["host", "participant", "viewer"]}, "kind": {"oneOf": ["console", "encoder", "person", "source", "viewer", "wall"]}, "presence": {"oneOf": ["here", "reconnecting"]}, "joinedAtMs": "number", "quality": "number", "tracks": {"list": {"fields": {"id": "string", "kind": {"oneOf": ["audio", "video"]}, "source": {"oneOf": ["camera", "microphone", "screen", "screen-audio"]}, "muted": "boolean", "blocked": "boolean", "receiving": "boolean"}}}, "feed": {"optional": {"anyOf": [{"fields": {"source": "string", "kind": {"oneOf": ["rtmp", "rtsp", "srt", "whip"]}, "state": {"oneOf": ["connecting", "disabled", "frozen", "live", "low-rate", "offline", "quarantined", "standby", "unreachable", "unsupported", "waiting", "wrong-password"]}, "cause": {"anyOf": [{"oneOf": ["address-not-allowed", "camera-closed", "crashed", "key-expired", "key-revoked", "name-unknown", "no-media", "no-tracks", "not-found", "over-limit", "protocol", "publisher-left", "redirected", "refused", "server-full", "stalled", "timed-out", "video-codec"]}, "null"]}, "sinceMs": "number", "transcoding": {"list": {"oneOf": ["audio-codec", "b-frames", "h265", "video-codec", "viewer"]}}}}, "null"]}}, "audience": {"optional": {"oneOf": ["all", "hosts"]}}}}}},
  "left": {"fields": {"participant": "string", "reason": {"oneOf": ["left", "lost", "removed", "replaced", "room-closed"]}}},
  "publish-answer": {"fields": {"offer": "number", "sdp": "string", "tracks": {"list": {"fields": {"mid": "string", "track": "string"}}}}},
  "subscribe-offer": {"fields": {"offer": "number", "sdp": "string", "tracks": {"list": {"fields": {"mid": "string", "track": "string"}}}}},
  "layer": {"fields": {"track": "string", "layer": {"anyOf": ["number", "null"]}, "temporal": "number", "reason": {"oneOf": ["bandwidth", "fits", "hidden", "no-layer", "publisher-paused", "tile", "waiting-keyframe"]}}},
  "speakers": {"fields": {"participants": {"list": "string"}}},
  "sources": {"fields": {"sources": {"list": {"fields": {"participant": "string", "bitrateBps": "number", "fps": "number", "width": "number", "height": "number", "videoCodec": "string", "audioCodec": "string", "pictureAgeMs": {"anyOf": ["number", "null"]}, "contentAgeMs": {"anyOf": ["number", "null"]}}}}}},
  "recording": {"fields": {"recording": {"anyOf": [{"fields": {"id": "string", "startedBy": "string", "startedAtMs": "number", "alarm": {"anyOf": ["string", "null"]}}}, "null"]}}},
  "wall": {"fields": {"id": "string", "name": "string", "version": "number", "board": {"fields": {"width": "number", "height": "number", "template": "string", "windows": {"list": {"fields": {"x": "number", "y": "number", "width": "number", "height": "number"}}}, "panes": {"list": {"fields": {"kind": {"oneOf": ["clock", "countdown", "group", "nothing", "participant", "screen", "speaker", "text", "web"]}, "identity": {"optional": "string"}, "group": {"optional": "string"}, "url": {"optional": "string"}, "text": {"optional": "string"}, "untilMs": {"optional": "number"}}}}, "groups": {"list": {"fields": {"id": "string", "name": "string", "members": {"list": "string"}, "everyS": {"optional": "number"}, "skipAbsent": {"optional": "boolean"}}}}, "alarmPane": {"optional": {"anyOf": ["number", "null"]}}}}, "scene": {"anyOf": ["string", "null"]}, "sceneVersion": "number", "enlarged": {"anyOf": ["number", "null"]}, "muted": "boolean", "only": "string", "hears": {"anyOf": ["string", "null"]}, "panes": {"list": {"fields": {"index": "number", "rect": {"fields": {"x": "number", "y": "number", "width": "number", "height": "number"}}, "content": {"fields": {"kind": {"oneOf": ["clock", "countdown", "group", "nothing", "participant", "screen", "speaker", "text", "web"]}, "identity": {"optional": "string"}, "group": {"optional": "string"}, "url": {"optional": "string"}, "text": {"optional": "string"}, "untilMs": {"optional": "number"}}}, "state": {"oneOf": ["absent", "empty", "locked", "no-video", "shown"]}, "shows": {"anyOf": ["string", "null"]}, "screen": "boolean", "name": "string", "next": {"anyOf": ["string", "null"]}, "nextAtMs": {"anyOf": ["number", "null"]}, "alarm": {"anyOf": ["string", "null"]}, "pinned": "boolean"}}}, "rotations": {"list": {"fields": {"group": "string", "step": "number", "paused": "boolean", "turnsAtMs": {"anyOf": ["number", "null"]}}}}, "alarms": {"list": {"fields": {"id": "string", "identity": "string", "text": "string", "raisedAtMs": "number", "raisedBy": "string"}}}, "takenBy": {"anyOf": ["string", "null"]}, "takenName": "string", "online": "boolean", "sharing": "boolean"}},
  "wall-gone": {"fields": {"wall": "string"}},
  "wall-seen": {"fields": {"wall": "string", "version": "number", "width": "number", "height": "number", "panes": {"list": {"fields": {"pane": "number", "state": {"oneOf": ["empty", "frozen", "live", "lost", "waiting"]}, "width": {"optional": "number"}, "height": {"optional": "number"}, "fps": {"optional": "number"}, "ageMs": {"optional": {"anyOf": ["number", "null"]}}}}}}},
  "scenes": {"fields": {}},
  "layout": {"fields": {"panes": {"anyOf": [{"list": {"fields": {"index": "number", "rect": {"fields": {"x": "number", "y": "number", "width": "number", "height": "number"}}, "content": {"fields": {"kind": {"oneOf": ["clock", "countdown", "group", "nothing", "participant", "screen", "speaker", "text", "web"]}, "identity": {"optional": "string"}, "group": {"optional": "string"}, "url": {"optional": "string"}, "text": {"optional": "string"}, "untilMs": {"optional": "number"}}}, "state": {"oneOf": ["absent", "empty", "locked", "no-video", "shown"]}, "shows": {"anyOf": ["string", "null"]}, "screen": "boolean", "name": "string", "next": {"anyOf": ["string", "null"]}, "nextAtMs": {"anyOf": ["number", "null"]}, "alarm": {"anyOf": ["string", "null"]}, "pinned": "boolean"}}}, "null"]}, "width": "number", "height": "number", "by": "string"}},
  "pong": {"fields": {"sentMs": "number", "serverTimeMs": "number"}},
  "refused": {"fields": {"code": "string", "text": {"fields": {"zh": "string", "en": "string"}}, "about": {"optional": {"anyOf": ["string", "null"]}}, "offer": {"optional": {"anyOf": ["number", "null"]}}}},
  "goodbye": {"fields": {"code": "string", "text": {"fields": {"zh": "string", "en": "string"}}, "again": "boolean"}},
} as const;
