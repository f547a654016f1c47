"""A foreign receiver judges the RTP: ffmpeg gets it by an SDP and decodes it."""

import asyncio
import shutil
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from conference.sources import words
from conference.sources.worker.media.units import AudioFormat, VideoFormat
from tests.fakes.source_made import coded, decoded, psnr_db, sound
from tests.fakes.source_media import Packet, Rig

FFMPEG = shutil.which("ffmpeg")
pytestmark = pytest.mark.skipif(FFMPEG is None, reason="needs ffmpeg")

VIDEO = "testsrc2=s=320x240:r=25:d=3"
PICTURE_BYTES = 320 * 240 * 3 // 2


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bound(port: int) -> bool:
    return any(line.split()[1].endswith(f":{port:04X}") for line in Path("/proc/net/udp").read_text().splitlines()[1:])


@asynccontextmanager
async def receiver(
    folder: Path, media: str, rtpmap: str, *output: str
) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """ffmpeg that listens; it writes what it decodes to its standard output."""
    port = free_port()
    sdp = folder / "source.sdp"
    sdp.write_text(
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm={media} {port} RTP/AVP {rtpmap}\n"
    )
    args = ["-v", "error", "-protocol_whitelist", "file,udp,rtp", "-buffer_size", "4000000", "-threads", "1"]
    process = await asyncio.create_subprocess_exec(
        str(FFMPEG), *args, "-i", str(sdp), *output, "-", stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(10):
            while not bound(port):  # noqa: ASYNC110 - another process's socket has no event
                await asyncio.sleep(0.02)
        yield port, process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def send(packets: list[Packet], port: int, process: Process) -> bytes:
    """A frame each 5 ms; what ffmpeg has written when it ends by itself."""
    assert process.stdout is not None
    output = asyncio.create_task(process.stdout.read())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        for packet in packets:
            head = bytes([0x80, packet.marker << 7 | packet.payload_type])
            body = packet.seq.to_bytes(2, "big") + packet.timestamp.to_bytes(4, "big") + packet.ssrc.to_bytes(4, "big")
            wire.sendto(head + body + packet.payload, ("127.0.0.1", port))
            if packet.marker:
                await asyncio.sleep(0.005)
    async with asyncio.timeout(20):
        return await output


def planes(frame: av.VideoFrame) -> bytes:
    return frame.to_ndarray().tobytes()


async def test_ffmpeg_decodes_exactly_the_pictures_of_the_camera(tmp_path: Path) -> None:
    units = coded(VIDEO, b="1M")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        rig.video(units)
        packets = rig.of(words.VIDEO_PT)
    rtpmap = "102\na=rtpmap:102 H264/90000\na=fmtp:102 packetization-mode=1"
    count = "70"
    output = ("-frames:v", count, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p")
    async with receiver(tmp_path, "video", rtpmap, *output) as (port, process):
        pictures = await send(packets, port, process)
    originals = b"".join(planes(frame) for frame in decoded("h264", [(0, unit.data) for unit in units])[:70])
    assert len(pictures) == 70 * PICTURE_BYTES
    assert pictures == originals


async def test_ffmpeg_decodes_the_vp8_made_for_other_viewers(tmp_path: Path) -> None:
    units = coded(VIDEO, b="1M")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        rig.need(vp8=True)
        rig.video(units)
        packets = rig.of(words.VP8_PT)
    output = ("-frames:v", "70", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p")
    async with receiver(tmp_path, "video", "96\na=rtpmap:96 VP8/90000", *output) as (port, process):
        pictures = await send(packets, port, process)
    originals = decoded("h264", [(0, unit.data) for unit in units])
    for number in range(0, 70, 7):
        part = np.frombuffer(pictures, np.uint8, PICTURE_BYTES, number * PICTURE_BYTES).reshape(360, 320)
        assert psnr_db(av.VideoFrame.from_ndarray(part, "yuv420p"), originals[number]) > 24


async def test_ffmpeg_hears_the_opus_made_of_aac(tmp_path: Path) -> None:
    units, extradata = sound("sine=frequency=1000:sample_rate=44100:duration=3", "aac", layout="stereo")
    with Rig() as rig:
        rig.pipeline.audio_format(AudioFormat("aac", 44100, 2, extradata))
        rig.need(audio=True)
        rig.audio(units)
        packets = rig.of(111)
    output = ("-t", "2", "-f", "s16le", "-ac", "1", "-ar", "48000")
    async with receiver(tmp_path, "audio", "111\na=rtpmap:111 opus/48000/2", *output) as (port, process):
        heard = await send([*packets], port, process)
    samples = np.frombuffer(heard, np.int16)[48000:].astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    assert abs(float(np.argmax(spectrum)) * 48000 / len(samples) - 1000) < 5
