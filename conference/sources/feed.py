"""What the relay has of one source: its transport, its tracks, who needs them. Rooms watch it."""

import logging
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from conference.media.codecs import Chosen
from conference.media.forwarding import Forwardable
from conference.media.plane import Plane
from conference.media.sdp_media import OfferedCodec
from conference.media.up import Publication, RelayTrack, UpConnection
from conference.media.worker import Worker
from conference.model.ids import ParticipantId, RoomId, SourceId, TrackId
from conference.model.source import SourceKind
from conference.model.track import Kind, Source
from conference.sources.words import AUDIO_PT, VIDEO_PT, VP8_PT, Need

MEDIA_SOCKET_BYTES: Final = 1 << 20
"""Half a second of a very good camera: the relay may be busy that long."""
_H264: Final = OfferedCodec(
    VIDEO_PT, "h264", 90000, 1, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", ()
)
"""Called constrained baseline whatever it is: browsers decode all profiles without B-frames, and all know this name."""
_CODECS: Final = (
    _H264,
    OfferedCodec(VP8_PT, "vp8", 90000, 1, "", ()),
    OfferedCodec(AUDIO_PT["opus"], "opus", 48000, 2, "minptime=10;useinbandfec=1", ()),
    OfferedCodec(AUDIO_PT["pcmu"], "pcmu", 8000, 1, "", ()),
    OfferedCodec(AUDIO_PT["pcma"], "pcma", 8000, 1, "", ()),
)
NOTHING: Final = Need(video=False, vp8=False, audio=False)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FeedTrack:
    """One track as rooms announce it. `alternative`: the same picture for viewers that cannot play `main`."""

    id: TrackId
    source: Source
    main: RelayTrack
    alternative: RelayTrack | None = None
    receiving: bool = False

    def forwardable(self, owner: ParticipantId) -> Forwardable:
        """For a subscriber's plan."""
        other = None if self.alternative is None else self._of(owner, self.alternative, None)
        return self._of(owner, self.main, other)

    def _of(self, owner: ParticipantId, track: RelayTrack, other: Forwardable | None) -> Forwardable:
        return Forwardable(
            self.id,
            owner,
            track.number,
            self.source.kind,
            screen=False,
            publication=track.publication,
            alternative=other,
        )


class Feed:
    """Tracks keep their ids over every reconnection: the tile does not move. `viewers`: who gets the picture now.

    `on_need` is told whenever the sum of all rooms' needs changes.
    """

    def __init__(self, plane: Plane, source: SourceId, kind: SourceKind, *, on_need: Callable[[Need], None]) -> None:
        self.source = source
        self.kind = kind
        self.need = NOTHING
        self.viewers = 0
        self.tracks: dict[TrackId, FeedTrack] = {}
        self.worker: Worker = plane.place()
        self.room = plane.number()
        self._plane = plane
        self._on_need = on_need
        self._transport: int | None = None
        self._carried: dict[str, RelayTrack] = {}
        self._heard: set[int] = set()
        self._up: UpConnection | None = None
        self._watchers: list[Callable[[], None]] = []
        self._needs: dict[RoomId, tuple[Need, int]] = {}

    # ---- rooms ----

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Calls `watcher` whenever the tracks change; returns what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def set_need(self, room: RoomId, need: Need, viewers: int) -> None:
        """What one room needs of it; NOTHING takes the room out."""
        if need == NOTHING:
            self._needs.pop(room, None)
        else:
            self._needs[room] = (need, viewers)
        self.viewers = sum(count for _, count in self._needs.values())
        total = Need(
            video=any(need.video for need, _ in self._needs.values()),
            vp8=any(need.vp8 for need, _ in self._needs.values()),
            audio=any(need.audio for need, _ in self._needs.values()),
        )
        if total != self.need:
            self.need = total
            self._on_need(total)

    def needed(self, receivers: Counter[int]) -> tuple[Need, int]:
        """What subscribers need of it, and how many get its picture. `receivers`: subscribers by relay number."""
        picture = other = sound = 0
        for track in self.tracks.values():
            if track.source.kind is Kind.AUDIO:
                sound += receivers[track.main.number]
            else:
                picture += receivers[track.main.number]
                other += receivers[track.alternative.number] if track.alternative is not None else 0
        return Need(video=picture > 0, vp8=other > 0, audio=sound > 0), picture + other

    # ---- a child's media ----

    def inject(self) -> socket.socket:
        """A new connection's socket: what is written to it goes to whoever watches. The earlier one is cut off. Raises
        ServerFull."""
        transport = self._open()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MEDIA_SOCKET_BYTES)
            self.worker.inject(transport, ours.fileno())
        return theirs

    def announce(self, *, video: bool, audio: str) -> None:
        """Which tracks there are. `audio`: codec of the sound, "" none. Raises ServerFull."""
        self._open()
        changed = self._announce(Source.CAMERA, "h264" if video else "", "vp8")
        changed |= self._announce(Source.MICROPHONE, audio, "")
        if changed:
            self._tell()

    def _open(self) -> int:
        """The relay knows every codec a child may send before its first packet comes: a first keyframe that nobody
        remembers would be missed until the next one."""
        if self._transport is None:
            self._transport = self._plane.number()
            self.worker.add_injector(self._transport, room=self.room)
            for codec in _CODECS:
                self._carried[codec.name] = self._publish(self._transport, codec)
        return self._transport

    def _announce(self, source: Source, codec: str, other: str) -> bool:
        track = self._id(source)
        old, main = self.tracks.get(track), self._carried.get(codec)
        if (old.main if old is not None else None) == main:
            return False
        if main is None:
            del self.tracks[track]
        else:
            self.tracks[track] = FeedTrack(track, source, main, self._carried.get(other), main.number in self._heard)
        return True

    def _publish(self, transport: int, codec: OfferedCodec) -> RelayTrack:
        kind = Kind.VIDEO if codec.clock_hz == 90000 else Kind.AUDIO
        publication = Publication("", kind, Chosen(codec, None, None, red_first=False), (), ())
        number = self._plane.number()
        self.worker.publish(
            transport,
            number,
            kind=kind,
            mid="",
            payloads=publication.chosen.payloads(),
            extensions=(),
            encodings=(),
        )
        self._plane.routes.receiving[number] = partial(self._receiving, number)
        return RelayTrack(number, publication)

    # ---- a WebRTC publisher ----

    def connect(self) -> UpConnection:
        """A connection for an offer; `adopt` it when it was answered. Raises ServerFull."""
        return UpConnection(self._plane, self.worker, room=self.room, on_receiving=self._receiving)

    def adopt(self, up: UpConnection, mids: dict[str, Source]) -> None:
        """Its tracks take the place of the earlier connection's, under the same ids."""
        old, self._up = self._up, up
        if old is not None:
            old.close()
        self.tracks = {
            self._id(source): FeedTrack(self._id(source), source, up.tracks[mid])
            for mid, source in mids.items()
            if mid in up.tracks
        }
        self._tell()

    @property
    def publisher(self) -> UpConnection | None:
        """The WebRTC connection it has now."""
        return self._up

    def disconnect(self) -> None:
        """Ends the WebRTC connection; its tracks stay announced and give nothing."""
        up, self._up = self._up, None
        if up is not None:
            up.close()
            self.tracks = {id_: replace(track, receiving=False) for id_, track in self.tracks.items()}
            self._tell()

    # ---- both ----

    def close(self) -> None:
        """Nothing of it is forwarded any more."""
        for carried in self._carried.values():
            del self._plane.routes.receiving[carried.number]
        self._carried.clear()
        self.tracks.clear()
        if self._up is not None:
            self._up.close()
            self._up = None
        if self._transport is not None:
            self.worker.close_transport(self._transport)
            self._transport = None
        self._tell()

    def _id(self, source: Source) -> TrackId:
        return TrackId(f"t-{self.source}-{'v' if source.kind is Kind.VIDEO else 'a'}-{source.value}"[:64])

    def _receiving(self, number: int, receiving: bool) -> None:
        (self._heard.add if receiving else self._heard.discard)(number)
        for track in self.tracks.values():
            if track.main.number == number and track.receiving != receiving:
                self.tracks[track.id] = replace(track, receiving=receiving)
                self._tell()
                return

    def _tell(self) -> None:
        for watcher in list(self._watchers):
            watcher()
