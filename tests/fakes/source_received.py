"""A receiver for tests: RTP packets back into frames. Strict: a wrong packet is an assertion."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.fakes.source_media import Packet

_START = b"\0\0\0\1"


@dataclass(slots=True)
class Received:
    """One frame; H.264 as Annex B."""

    timestamp: int
    data: bytes = b""
    packets: list[Packet] = field(default_factory=list)

    @property
    def nal_types(self) -> list[int]:
        return [part[0] & 31 for part in self.data.split(_START)[1:]]


def frames(packets: Iterable[Packet]) -> list[Received]:
    """In order, without holes; the marker ends a frame and nothing else does."""
    found: list[Received] = []
    last: Packet | None = None
    for packet in packets:
        assert packet.size <= 1200
        if last is not None:
            assert packet.ssrc == last.ssrc
            assert packet.seq == (last.seq + 1) & 0xFFFF
            if last.marker:
                assert 0 < (packet.timestamp - last.timestamp) & 0xFFFFFFFF < 1 << 31
            else:
                assert packet.timestamp == last.timestamp
        if last is None or last.marker:
            found.append(Received(packet.timestamp))
        found[-1].packets.append(packet)
        last = packet
    assert last is None or last.marker
    return found


def h264(packets: Iterable[Packet]) -> list[Received]:
    """RFC 6184: single NAL units, STAP-A, FU-A."""
    found = frames(packets)
    for frame in found:
        open_fu = False
        for payload in (packet.payload for packet in frame.packets):
            kind = payload[0] & 31
            if kind == 24:
                at = 1
                while at < len(payload):
                    size = int.from_bytes(payload[at : at + 2], "big")
                    frame.data += _START + payload[at + 2 : at + 2 + size]
                    at += 2 + size
                assert at == len(payload)
            elif kind == 28:
                start, end = payload[1] & 0x80, payload[1] & 0x40
                assert bool(start) != open_fu
                assert not (start and end)
                if start:
                    frame.data += _START + bytes([payload[0] & 0xE0 | payload[1] & 31])
                frame.data += payload[2:]
                open_fu = not end
            else:
                assert 1 <= kind <= 23
                frame.data += _START + payload
        assert not open_fu
    return found


def vp8(packets: Iterable[Packet]) -> list[Received]:
    """RFC 7741 with 15-bit picture ids, which count the frames."""
    found = frames(packets)
    last_id: int | None = None
    for frame in found:
        for index, payload in enumerate(packet.payload for packet in frame.packets):
            assert payload[0] == (0x90 if index == 0 else 0x80)
            assert payload[1] == 0x80
            assert payload[2] & 0x80
            picture_id = (payload[2] & 0x7F) << 8 | payload[3]
            if last_id is not None:
                assert picture_id == (last_id + (index == 0)) & 0x7FFF
            last_id = picture_id
            frame.data += payload[4:]
    return found
