"""RTP header extensions: which a publisher may use, and the numbers they have on the way to subscribers (RFC 8285)."""

from typing import Final

from conference.media.words import Extension

MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID: Final = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID: Final = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
VIDEO_ORIENTATION: Final = "urn:3gpp:video-orientation"
DEPENDENCY_DESCRIPTOR: Final = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

_REFUSED: Final = ("urn:ietf:params:rtp-hdrext:toffset", "urn:ietf:params:rtp-hdrext:encrypt")
"""A transmission offset is wrong after forwarding; encrypted extensions (RFC 6904) cannot be re-mapped."""
_HOP_BY_HOP: Final = (
    MID,
    RID,
    REPAIRED_RID,
    ABS_SEND_TIME,
    TRANSPORT_CC,
    "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
)
"""These speak about one connection: the relay writes its own towards subscribers or none."""
_OWN: Final = (MID, ABS_SEND_TIME, TRANSPORT_CC)
_CANONICAL: Final = {
    MID: 1,
    ABS_SEND_TIME: 2,
    TRANSPORT_CC: 3,
    AUDIO_LEVEL: 4,
    VIDEO_ORIENTATION: 5,
    "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay": 6,
    "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type": 7,
    "http://www.webrtc.org/experiments/rtp-hdrext/video-timing": 8,
    "http://www.webrtc.org/experiments/rtp-hdrext/color-space": 9,
    DEPENDENCY_DESCRIPTOR: 10,
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time": 11,
}
_LAST_ONE_BYTE: Final = 14
_LAST: Final = 31
"""Each id costs bytes in every packet and a line in every m-section."""


def accepted(offered: tuple[Extension, ...]) -> tuple[Extension, ...]:
    """What the answer to a publisher takes: everything known or unknown, once per URI, but the refused ones."""
    first: dict[str, Extension] = {}
    for extension in offered:
        if extension.uri not in _REFUSED:
            first.setdefault(extension.uri, extension)
    return tuple(first.values())


def forwarded(published: tuple[Extension, ...]) -> tuple[str, ...]:
    """URIs a subscriber of this track can be offered, in a stable order: ours, then the publisher's own."""
    passing = [extension.uri for extension in published if extension.uri not in _HOP_BY_HOP]
    return (*_OWN, *sorted(passing, key=lambda uri: (_CANONICAL.get(uri, 99), uri)))


class ExtensionTable:
    """Extension ids of one down connection: the same URI has the same id in every m-section, for its lifetime."""

    def __init__(self) -> None:
        self._numbers = dict(_CANONICAL)
        self._next = max(_CANONICAL.values()) + 1

    def numbered(self, uris: tuple[str, ...]) -> tuple[Extension, ...]:
        """The URIs with their ids; those for which no id is left are not offered."""
        found = []
        for uri in uris:
            if uri not in self._numbers and self._next <= _LAST:
                self._numbers[uri] = self._next
                self._next += 2 if self._next == _LAST_ONE_BYTE else 1  # 15 is reserved in the one-byte form
            if uri in self._numbers:
                found.append(Extension(self._numbers[uri], uri))
        return tuple(found)


def answered(offered: tuple[Extension, ...]) -> tuple[Extension, ...]:
    """What the answer to a WHEP player takes: all that some publisher could fill now or later, and our own."""
    unusable = set(_HOP_BY_HOP) - set(_OWN)
    return tuple(extension for extension in accepted(offered) if extension.uri not in unusable)
