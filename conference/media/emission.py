"""A stream that the server itself makes: a picture and its sound, as a local transport of the relay. It belongs to no
participant; who may have it is for its owner to say."""

import socket
from typing import Final

from conference.media.codecs import Chosen
from conference.media.forwarding import Forwardable
from conference.media.plane import Plane
from conference.media.sdp_media import OfferedCodec
from conference.media.up import Publication
from conference.media.worker import Worker
from conference.model.ids import ParticipantId, TrackId
from conference.model.track import Kind

SOCKET_BYTES: Final = 1 << 20
H264_PT: Final = 102
OPUS_PT: Final = 111
_CODECS: Final = (
    # Called constrained baseline whatever it is: browsers decode all profiles without B-frames, and all know this name.
    OfferedCodec(
        H264_PT, "h264", 90000, 1, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", ()
    ),
    OfferedCodec(OPUS_PT, "opus", 48000, 2, "minptime=10;useinbandfec=1", ()),
)


class Emission:
    """H.264 and Opus. `socket` gives a writer's end; a new one cuts the earlier writer off. Raises ServerFull."""

    def __init__(self, plane: Plane, worker: Worker, owner: ParticipantId) -> None:
        self._worker = worker
        self._transport = plane.number()
        worker.add_injector(self._transport, room=plane.number())
        self.tracks = [self._publish(plane, owner, codec) for codec in _CODECS]

    def socket(self) -> socket.socket:
        """A writer's end (SOCK_SEQPACKET, framed as conference.sources.words says). Raises ServerFull."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
            self._worker.inject(self._transport, ours.fileno())
        return theirs

    def close(self) -> None:
        """Nothing of it is forwarded any more."""
        self._worker.close_transport(self._transport)

    def _publish(self, plane: Plane, owner: ParticipantId, codec: OfferedCodec) -> Forwardable:
        kind = Kind.VIDEO if codec.clock_hz == 90000 else Kind.AUDIO
        publication = Publication("", kind, Chosen(codec, None, None, red_first=False), (), ())
        number = plane.number()
        self._worker.publish(
            self._transport,
            number,
            kind=kind,
            mid="",
            payloads=publication.chosen.payloads(),
            extensions=(),
            encodings=(),
        )
        track = TrackId(f"t-{owner}-{kind.value}")
        return Forwardable(track, owner, number, kind, screen=False, publication=publication)
