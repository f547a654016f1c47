"""100,000 broken publishers: each raises RtmpError or nothing, in bounded memory and time."""

import random
import resource
import time
from collections.abc import Callable

import pytest

from conference.sources.worker.rtmp import amf0
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.lobby import Lobby
from conference.sources.worker.rtmp.media import FlvMedia
from conference.sources.worker.rtmp.publication import Publication
from tests.fakes.rtmp_client import (
    HANDSHAKE,
    Chunker,
    aac_configuration,
    aac_frame,
    amf,
    avc_configuration,
    avc_picture,
    opening,
)
from tests.fakes.rtmp_sink import RememberingSink

SEED = 20260722
_LOUD = (b"\xff", b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x00", b"\x80", b"\xc0", b"\x03")


def _mutated(dice: random.Random, data: bytes, *, after: int = 0) -> bytes:
    """One to four changes: bytes, loud values, cuts, repeats."""
    out = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(after, len(out)) if len(out) > after else after
        match dice.randrange(5):
            case 0:
                out[at : at + 1] = bytes((dice.randrange(256),))
            case 1:
                value = dice.choice(_LOUD)
                out[at : at + len(value)] = value
            case 2:
                del out[at : at + dice.randint(1, 40)]
            case 3:
                out[at:at] = out[max(after, at - dice.randint(1, 60)) : at]
            case 4:
                out[at:at] = dice.randbytes(dice.randint(1, 20))
    return bytes(out)


def _media_bytes() -> bytes:
    chunker = Chunker()
    out = chunker.message(6, 9, 0, avc_configuration()) + chunker.message(4, 8, 0, aac_configuration())
    out += chunker.message(4, 18, 0, amf("@setDataFrame", "onMetaData", {"width": 1, "videocodecid": "avc1"}))
    for number in range(3):
        out += chunker.message(6, 9, number * 40, avc_picture(300)) + chunker.message(4, 8, number * 40, aac_frame(20))
    out += chunker.message(6, 9, 200, b"\x90hvc1" + b"\x01" + bytes(30)) + chunker.message(
        6, 9, 240, b"\x96\x11avc1\x00"
    )
    out += chunker.message(4, 8, 200, b"\x95\x21Opus\x00\x00\x00\x02ab")
    return out + chunker.set_size(700) + chunker.command("deleteStream", 7, None, 1.0)


def _lobby(dice: random.Random, opened: bytes) -> None:
    lobby = Lobby(random=bytes)
    lobby.receive(_mutated(dice, opened, after=dice.choice((0, len(HANDSHAKE)))))
    assert len(lobby.outgoing) <= 64 << 10
    lobby.snapshot()


def _publication(dice: random.Random, state: bytes, media: bytes) -> None:
    sink = RememberingSink()
    flv = FlvMedia(sink, lambda: 0.0)
    publication = Publication(state, video=flv.video, audio=flv.audio)
    publication.receive(_mutated(dice, media))


def _state(dice: random.Random, state: bytes) -> None:
    Publication(_mutated(dice, state), video=lambda *_: None, audio=lambda *_: None).start()


def _tags(dice: random.Random, tags: list[tuple[bool, bytes]]) -> None:
    flv = FlvMedia(RememberingSink(), lambda: 0.0)
    for video, tag in tags:
        take = flv.video if video else flv.audio
        take(dice.getrandbits(32), bytearray(_mutated(dice, tag)))


def _times(count: int, attempt: Callable[[], object]) -> tuple[int, float]:
    """How many were refused, and the longest one in CPU seconds."""
    refused, longest_s = 0, 0.0
    for _ in range(count):
        began_s = time.process_time()
        try:
            attempt()
        except RtmpError:
            refused += 1
        longest_s = max(longest_s, time.process_time() - began_s)
    return refused, longest_s


@pytest.mark.timeout(180)
def test_only_the_protocol_error_in_bounded_memory_and_time() -> None:
    dice = random.Random(SEED)
    opened, media = opening(Chunker(), "key"), _media_bytes()
    lobby = Lobby()
    lobby.receive(opened + media[:100])
    state = lobby.snapshot()
    values = (
        amf("connect", 1, {"app": "live", "more": {"deep": {"deeper": None}}})
        + b"\x08\x00\x00\x00\x01\x00\x01a\x05\x00\x00\x09"
    )
    tags = [(True, avc_configuration()), (True, avc_picture(60)), (False, aac_configuration()), (False, aac_frame(9))]
    tags += [
        (True, b"\x90hvc1\x01" + bytes(40)),
        (True, b"\x96\x21avc1\x00\x00\x00\x02ab"),
        (False, b"\x95\x01Opus\x00abc"),
    ]
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = [
        _times(20_000, lambda: _lobby(dice, opened)),
        _times(30_000, lambda: _publication(dice, state, media)),
        _times(10_000, lambda: _state(dice, state)),
        _times(25_000, lambda: amf0.decode(_mutated(dice, values))),
        _times(15_000, lambda: _tags(dice, tags)),
    ]
    refused = [count for count, _ in outcomes]
    assert all(count > 500 for count in refused[:4]) and refused[4] == 0
    assert max(longest_s for _, longest_s in outcomes) < 0.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 48 << 10
