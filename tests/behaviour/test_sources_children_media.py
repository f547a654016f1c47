"""A whole source inside its sandbox: a transport stream in, packets for the relay out, everything transcoded."""

import asyncio
import shutil
import socket
import struct
from collections import Counter

import pytest

from conference.children.datagrams import pair
from conference.sources import words
from tests.fakes.nursery import Heard, ward

PAYLOAD_BYTES = 7 * 188
SECONDS = 4

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg")


async def _stream(*video: str) -> bytes:
    """SECONDS of a moving picture and a tone, as MPEG-TS with AAC."""
    picture = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=25"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    codecs = [*video, "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    ffmpeg = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-v", "error", *picture, *tone, *codecs, "-t", str(SECONDS), "-f", "mpegts", "-"),
        stdout=asyncio.subprocess.PIPE,
    )
    stream, _ = await ffmpeg.communicate()
    assert ffmpeg.returncode == 0
    return stream


async def _feed(gate: socket.socket, stream: bytes) -> None:
    """In real time."""
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    for at in range(0, len(stream), PAYLOAD_BYTES):
        await loop.sock_sendall(gate, stream[at : at + PAYLOAD_BYTES])
        await asyncio.sleep(max(begun_s + SECONDS * at / len(stream) - loop.time(), 0))


def _count(datagram: bytes, payload_types: Counter[int]) -> None:
    at = 0
    while at < len(datagram):
        (size,) = struct.unpack_from(">H", datagram, at)
        payload_types[datagram[at + 3] & 0x7F] += 1
        at += 2 + size


async def _receive(relay: socket.socket, payload_types: Counter[int]) -> None:
    while datagram := await asyncio.get_running_loop().sock_recv(relay, 65_536):
        _count(datagram, payload_types)


@pytest.mark.parametrize(
    ("video", "codec"),
    [(["-c:v", "libx264", "-bf", "2"], "h264"), (["-c:v", "libx265", "-x265-params", "log-level=none"], "h265")],
)
async def test_transcoding_works_in_the_sandbox(video: list[str], codec: str) -> None:
    stream = await _stream(*video)
    relay, media = pair(65_536)
    gate, theirs = pair(65_536)
    async with ward("conference.sources.worker.main:run") as children:
        heard = Heard()
        heard.child = await children.nursery.spawn(
            "s_test",
            words.SrtJob(),
            [media.fileno(), theirs.fileno()],
            on_word=heard.on_word,
            on_exit=heard.on_exit,
            limits=words.Limits(stall_s=10),
        )
        media.close()
        theirs.close()
        heard.child.send(words.Need(video=True, vp8=True, audio=True))
        payload_types: Counter[int] = Counter()
        receiving = asyncio.create_task(_receive(relay, payload_types))
        await _feed(gate, stream)
        gate.close()
        exit_ = await heard.exit()
        await receiving
    assert (exit_.reason, exit_.ended and exit_.ended.cause) == ("ended", "publisher-left")
    formats = [word for word in heard.words if isinstance(word, words.Formats)][-1]
    assert (formats.video_codec, formats.audio_codec, formats.video_out, formats.audio_out) == (
        codec,
        "aac",
        "h264",
        "opus",
    )
    assert payload_types[words.VIDEO_PT] > 10 * SECONDS
    assert payload_types[words.VP8_PT] > 10 * SECONDS
    assert payload_types[words.AUDIO_PT["opus"]] > 20 * SECONDS
    assert any(isinstance(word, words.Report) and word.fps > 10 for word in heard.words)
    assert any(isinstance(word, words.Thumbnail) and word.jpeg[:2] == b"\xff\xd8" for word in heard.words)
    relay.close()
