"""The media plane's small values: codecs, payloads, encodings, header extensions, wishes. Hashable, so that plans can
be compared; `binding.py` gives them to the relay in its own types."""

from dataclasses import dataclass
from typing import Literal

CodecName = Literal["vp8", "vp9", "h264", "av1", "opus", "red", "pcmu", "pcma"]


@dataclass(frozen=True, slots=True)
class Payload:
    """One codec of one m-section. `rtx_pt` is the payload type of its retransmissions (RFC 4588)."""

    pt: int
    codec: CodecName
    clock_hz: int
    rtx_pt: int | None = None


@dataclass(frozen=True, slots=True)
class Encoding:
    """One simulcast layer, found by `rid`, by `ssrc`, or (neither) by its m-section's mid."""

    rid: str | None = None
    ssrc: int | None = None
    rtx_ssrc: int | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """A negotiated RTP header extension (RFC 8285)."""

    id: int
    uri: str


@dataclass(frozen=True, slots=True)
class Want:
    """What a subscriber wants of one subscription, in device pixels; 0x0 = hidden."""

    subscription: int
    width: int
    height: int
    priority: int = 100


@dataclass(frozen=True, slots=True)
class IceCredentials:
    """RFC 8839 section 5.4. `pwd` is a secret and never printed."""

    ufrag: str
    pwd: str

    def __repr__(self) -> str:
        return f"IceCredentials(ufrag={self.ufrag!r})"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """RFC 8122: `algorithm` in lower case, `value` as upper-case hex pairs with colons."""

    algorithm: str
    value: str


DtlsRole = Literal["server", "client"]
"""Ours. server: the peer starts the handshake (`setup:passive` in what we say)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of our host candidates."""

    address: str
    port: int
    protocol: Literal["udp", "tcp"]
