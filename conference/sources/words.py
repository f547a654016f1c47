"""The words between the core and a source's child process, beside those of all children (conference.children.words).

Media takes another socket: RTP and RTCP to the relay, several packets in one datagram, each behind a 16-bit big-endian
length (the framing of RFC 4571), at most 65,535 bytes together. The relay sends keyframe requests (RTCP PLI) back.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from conference.children import words as common

MAX_MESSAGE_BYTES: Final = 262_144
BEAT_PERIOD_S: Final = common.BEAT_PERIOD_S

VIDEO_PT: Final = 102
"""H.264, passed through or made by the child."""
VP8_PT: Final = 96
"""VP8 made for viewers without H.264."""
AUDIO_PT: Final[dict[str, int]] = {"opus": 111, "pcmu": 0, "pcma": 8}


Limits = common.Limits
Stop = common.Stop
"""Say goodbye to the peer (TEARDOWN) and end within 1 s."""
Beat = common.Beat
Ended = common.Ended
"""Why this connection is over. `cause`: a value of conference.model.source.Cause, or "wrong-password"."""


# ---- core -> child --------------------------------------------------------------------------------------------------


class Quality(Struct, frozen=True):
    """Of the transcoder."""

    max_height: int = 1080
    max_fps: int = 30
    max_bitrate_bps: int = 4_000_000
    audio_bitrate_bps: int = 64_000


class RtspJob(Struct, frozen=True, tag="rtsp"):
    """fds: media, the connected TCP socket; then for each track that is set up over UDP an RTP and an RTCP socket
    (4 pairs are passed when `udp` is allowed). `url` has no credentials; its host is only for the request line.

    `transport`: tcp, udp, or auto (tcp first).
    """

    url: str
    username: str
    password: str
    transport: Literal["auto", "tcp", "udp"]
    peer: str
    """The pinned address of the camera: datagrams of others are dropped."""

    def __repr__(self) -> str:
        return f"RtspJob({self.peer}, {self.transport})"


class RtmpJob(Struct, frozen=True, tag="rtmp"):
    """fds: media, the publisher's TCP socket (or the clear side of its TLS). `state`: where the gate stopped."""

    state: bytes


class SrtJob(Struct, frozen=True, tag="srt"):
    """fds: media, a SOCK_SEQPACKET of MPEG-TS payloads as they came."""


class RtmpGateJob(Struct, frozen=True, tag="rtmp-gate"):
    """fds: listening TCP sockets. The certificate files are read before the sandbox closes."""

    tls_cert: str | None
    tls_key: str | None


class SrtGateJob(Struct, frozen=True, tag="srt-gate"):
    """fds: bound UDP sockets."""

    latency_ms: int


Job = RtspJob | RtmpJob | SrtJob | RtmpGateJob | SrtGateJob


class Start(common.Word, frozen=True, tag="start"):
    """The first message to a child. Its fds: as the job says."""

    source: str
    job: Job
    limits: Limits
    quality: Quality


class Need(common.Word, frozen=True, tag="need"):
    """What somebody looks at or hears now; before the first one nothing is needed. Media that passes through undecoded
    is sent in any case: only what must be transcoded waits for its need. `vp8`: some viewer cannot play H.264."""

    video: bool
    vp8: bool
    audio: bool


class Admit(common.Word, frozen=True, tag="admit"):
    """A gate may let this connection in. `passphrase`: the SRT one of its source."""

    connection: int
    passphrase: str = ""

    def __repr__(self) -> str:
        return f"Admit({self.connection})"


class Refuse(common.Word, frozen=True, tag="refuse"):
    """A gate ends this connection. `code`: unknown-key, expired-key, busy, disabled, full."""

    connection: int
    code: str


ToChild = Start | Need | Stop | Admit | Refuse


# ---- child -> core --------------------------------------------------------------------------------------------------


class Formats(common.Word, frozen=True, tag="formats"):
    """Told when known and at each change. `video_codec`, `audio_codec`: as the source sends them (h264, h265, mpeg4, …;
    opus, pcmu, pcma, aac, mp3, …), "" when it has none. `audio_out`: what the relay gets of the sound ("" none).
    `video_out`: h264, or "" when there is no picture that can be shown.

    `transcoding`: reasons (values of conference.model.source.Transcoding), also while nobody needs it yet.
    `unsupported`: the picture's codec cannot even be decoded.
    """

    video_codec: str = ""
    video_profile: str = ""
    width: int = 0
    height: int = 0
    audio_codec: str = ""
    audio_clock_hz: int = 0
    audio_channels: int = 0
    video_out: str = ""
    audio_out: str = ""
    transcoding: tuple[str, ...] = ()
    unsupported: bool = False


class Report(common.Word, frozen=True, tag="report"):
    """Once a second, about the media as it came. Ages in ms, None while there was none yet.

    `content_age_ms`: since the last picture that showed something new. `running`: what is being transcoded right now.
    """

    bitrate_bps: int
    fps: float
    width: int
    height: int
    picture_age_ms: int | None
    content_age_ms: int | None
    audio_age_ms: int | None
    keyframe_interval_ms: int | None
    running: tuple[str, ...] = ()
    lost_packets: int = 0


class Thumbnail(common.Word, frozen=True, tag="thumbnail"):
    """A JPEG of at most 640 px width and 100 KiB."""

    jpeg: bytes
    width: int
    height: int


class Connected(common.Word, frozen=True, tag="connected"):
    """The protocol's talk with the source has succeeded; media is about to come."""


class Data(common.Word, frozen=True, tag="data"):
    """A KLV packet (SMPTE ST 336) with its time on the media clock, µs; at most 64 KiB."""

    kind: str
    pts_us: int
    payload: bytes


class Knock(common.Word, frozen=True, tag="knock"):
    """A gate asks: somebody wants to publish. `key`: what it showed (RTMP stream key; SRT stream id). `peer`: its
    address."""

    connection: int
    key: str
    peer: str


class Handover(common.Word, frozen=True, tag="handover"):
    """A gate gives an admitted publisher away. One fd comes along: its socket. `state`: for RtmpJob."""

    connection: int
    state: bytes = b""


class Gone(common.Word, frozen=True, tag="gone"):
    """A connection that knocked has ended before its handover. `cause`: closed, timeout, protocol, wrong-password."""

    connection: int
    cause: str


FromChild = Beat | Formats | Report | Thumbnail | Connected | Data | Ended | Knock | Handover | Gone

encode = common.encode
decode_to_child = msgspec.msgpack.Decoder(ToChild).decode
"""Raises msgspec.DecodeError or ValidationError."""
decode_from_child: Any = msgspec.msgpack.Decoder(FromChild).decode
"""Raises msgspec.DecodeError or ValidationError: that child is broken and must be ended."""
