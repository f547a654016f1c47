"""SRT from a publisher's first packet to the reader's last word: real encoders, real gate, real sandboxed readers."""

import asyncio
import random
import socket
import time
from pathlib import Path

import pytest

from conference.sources import words
from tests.fakes.lossy_path import lossy_path
from tests.fakes.nursery import Heard
from tests.fakes.srt_stage import (
    AAC,
    H264,
    HEVC,
    LIVE_TRANSMIT,
    OPUS,
    Publisher,
    Stage,
    address,
    ffmpeg_push,
    gst_push,
    kill,
    media,
    new_ffmpeg,
    pushing,
    stage,
)
from tests.fakes.ts_mux import Mux, descriptor, klv, pes

KEYS = {"s_roof": "roof-camera-secret", "s_drone": "another-secret-word"}
ROOF = KEYS["s_roof"]
KEY_REQUEST = b"\xff\xff\0\3"
"""First word of the control packet that brings new keys."""


async def plays(scene: Stage, video: str, audio: str, number: int = 0) -> None:
    """The publisher's formats are known and its media has come out of the reader."""
    publisher = await scene.publisher(number)
    await publisher.heard.until(
        lambda: (
            publisher.formats is not None
            and (publisher.formats.video_codec, publisher.formats.audio_codec) == (video, audio)
        )
    )
    assert any(isinstance(word, words.Connected) for word in publisher.heard.words)
    await publisher.heard.until(
        lambda: any(isinstance(word, words.Report) and word.bitrate_bps > 50_000 for word in publisher.heard.words)
    )


def count(pid: int, what: str) -> int:
    """Open descriptors (fd) or threads (task) of a process."""
    return len(list(Path(f"/proc/{pid}/{what}").iterdir()))


def reports(publisher: Publisher) -> list[words.Report]:
    return [word for word in publisher.heard.words if isinstance(word, words.Report)]


def datas(heard: Heard) -> list[words.Data]:
    return [word for word in heard.words if isinstance(word, words.Data)]


@pytest.mark.parametrize(
    ("binary", "key_bytes", "video", "audio", "names"),
    [
        ("debian", 16, H264, AAC, ("h264", "aac")),
        ("debian", 24, H264, OPUS, ("h264", "opus")),
        ("new", 32, HEVC, AAC, ("h265", "aac")),
    ],
)
async def test_ffmpeg_publishes(binary: str, key_bytes: int, video: str, audio: str, names: tuple[str, str]) -> None:
    async with stage(KEYS) as scene:
        program = new_ffmpeg() if binary == "new" else "ffmpeg"
        url = address(scene.port, "s_roof", ROOF, f"&pbkeylen={key_bytes}")
        async with pushing(ffmpeg_push(url, binary=program, seconds=5, video=video, audio=audio)):
            await plays(scene, *names)
            publisher = await scene.publisher()
            if names[0] == "h264":
                assert publisher.packets() > 20
            exit_ = await publisher.heard.exit()
        assert exit_.ended is not None
        assert exit_.ended.cause == "publisher-left"


async def test_gstreamer_publishes_in_the_access_control_form() -> None:
    async with stage(KEYS) as scene, pushing(gst_push(scene.port, "#!::r=s_roof,m=publish", ROOF)):
        await plays(scene, "h264", "aac")


async def test_a_relay_of_the_protocols_own_tools_publishes() -> None:
    """srt-live-transmit passes a UDP stream on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        udp = probe.getsockname()[1]
    async with stage(KEYS) as scene:
        relay = [LIVE_TRANSMIT, "-q", f"udp://127.0.0.1:{udp}", address(scene.port, "s_roof", ROOF)]
        feed = [*media(), "-f", "mpegts", f"udp://127.0.0.1:{udp}?pkt_size=1316"]
        async with pushing(relay), pushing(feed):
            await plays(scene, "h264", "aac")


async def test_klv_arrives_with_its_times() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        udp = sender.getsockname()[1]
    mux = Mux()
    streams = [(0x101, 0x1B, b""), (0x103, 0x06, descriptor(0x05, b"KLVA"))]
    async with stage(KEYS) as scene:
        relay = [LIVE_TRANSMIT, "-q", f"udp://127.0.0.1:{udp}", address(scene.port, "s_drone", KEYS["s_drone"])]
        async with pushing(relay):
            packets = [klv(bytes([number]) * 60) for number in range(200)]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for number, packet in enumerate(packets):
                    unit = pes(packet, 90_000 + 3600 * number, stream_id=0xBD, bounded=True)
                    sender.sendto(mux.tables(streams) + mux.unit(0x103, unit), ("127.0.0.1", udp))
                    await asyncio.sleep(0.02)
            heard = (await scene.publisher()).heard
            await heard.until(lambda: any(word.payload == packets[-1] for word in datas(heard)))
        for word in datas(heard):
            assert word.kind == "klv"
            assert word.pts_us == 1_000_000 + 40_000 * packets.index(word.payload)
        assert len(datas(heard)) > 50


async def test_keys_change_while_it_publishes() -> None:
    """Each 400 packets, some four seconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        udp = probe.getsockname()[1]
    async with stage(KEYS) as scene, lossy_path(("127.0.0.1", scene.port), loss=0.0, delay_s=0.0) as path:
        url = address(path.port, "s_roof", ROOF, "&kmrefreshrate=400&kmpreannounce=100")
        feed = [*media(), "-f", "mpegts", f"udp://127.0.0.1:{udp}?pkt_size=1316"]
        async with pushing([LIVE_TRANSMIT, "-q", f"udp://127.0.0.1:{udp}", url]), pushing(feed):
            await plays(scene, "h264", "aac")
            publisher = await scene.publisher()
            await publisher.heard.until(lambda: len(reports(publisher)) >= 9, 20)
            assert path.heads[KEY_REQUEST] >= 1
            assert all(report.bitrate_bps > 300_000 for report in reports(publisher)[2:])
            assert reports(publisher)[-1].lost_packets == 0


async def test_what_gets_lost_on_the_way_is_sent_again() -> None:
    """4 % loss each way, 30 ms round trip, 120 ms latency."""
    async with stage(KEYS) as scene, lossy_path(("127.0.0.1", scene.port), loss=0.04, delay_s=0.015) as path:
        async with pushing(ffmpeg_push(address(path.port, "s_roof", ROOF))):
            await plays(scene, "h264", "aac")
            publisher = await scene.publisher()
            await publisher.heard.until(lambda: len(reports(publisher)) >= 7, 20)
        assert path.dropped > 25
        # A datagram holds seven packets of the transport stream.
        assert max(report.lost_packets for report in reports(publisher)) <= 2 * 7


async def test_a_wrong_passphrase_is_refused_before_any_media() -> None:
    async with stage(KEYS) as scene:
        async with pushing(ffmpeg_push(address(scene.port, "s_roof", KEYS["s_drone"]))) as pusher:
            await scene.until(1, scene.abandoned)
            assert await asyncio.wait_for(pusher.wait(), 5) != 0
        async with pushing(ffmpeg_push(address(scene.port, "s_roof", ""))) as pusher:
            await scene.until(2, scene.abandoned)
            assert await asyncio.wait_for(pusher.wait(), 5) != 0
        assert scene.abandoned == [("s_roof", "wrong-password")] * 2
        assert scene.publishers == []


async def test_an_unknown_source_and_a_reader_are_refused() -> None:
    async with stage(KEYS) as scene:
        async with pushing(ffmpeg_push(address(scene.port, "s_nobody", ROOF))) as pusher:
            assert await asyncio.wait_for(pusher.wait(), 10) != 0
        assert scene.refused == [("s_nobody", "unknown-key")]
        async with pushing(ffmpeg_push(address(scene.port, "#!::r=s_roof,m=request", ROOF))) as pusher:
            assert await asyncio.wait_for(pusher.wait(), 10) != 0
        assert len(scene.refused) == 1
        assert scene.publishers == []


async def test_a_second_publisher_is_refused_and_the_first_goes_on() -> None:
    async with stage(KEYS) as scene, pushing(ffmpeg_push(address(scene.port, "s_roof", ROOF))):
        await plays(scene, "h264", "aac")
        async with pushing(ffmpeg_push(address(scene.port, "s_roof", ROOF))) as second:
            assert await asyncio.wait_for(second.wait(), 10) != 0
        assert scene.refused == [("s_roof", "busy")]
        first = await scene.publisher()
        seen = len(first.heard.words)
        await first.heard.until(lambda: any(isinstance(word, words.Report) for word in first.heard.words[seen:]))
        assert not first.heard.exits


async def test_two_sources_share_the_port() -> None:
    async with (
        stage(KEYS) as scene,
        pushing(ffmpeg_push(address(scene.port, "s_roof", ROOF))),
        pushing(ffmpeg_push(address(scene.port, "s_drone", KEYS["s_drone"]), audio=OPUS)),
    ):
        await asyncio.gather(scene.publisher(0), scene.publisher(1))
        sound = {"s_roof": "aac", "s_drone": "opus"}
        for number in range(2):
            await plays(scene, "h264", sound[scene.publishers[number].source], number)
        assert {publisher.source for publisher in scene.publishers} == set(KEYS)


async def test_a_killed_publisher_is_noticed_and_may_come_back() -> None:
    async with stage(KEYS) as scene:
        async with pushing(ffmpeg_push(address(scene.port, "s_roof", ROOF))) as pusher:
            await plays(scene, "h264", "aac")
            kill(pusher)
            began_s = time.monotonic()
            exit_ = await (await scene.publisher()).heard.exit()
            assert time.monotonic() - began_s < 4.5
            assert exit_.ended is not None
            assert exit_.ended.cause in {"publisher-left", "no-media"}
        async with pushing(ffmpeg_push(address(scene.port, "s_roof", ROOF))):
            await plays(scene, "h264", "aac", 1)


async def test_a_publisher_hears_when_its_reader_is_gone() -> None:
    async with stage(KEYS) as scene, pushing(ffmpeg_push(address(scene.port, "s_roof", ROOF))) as pusher:
        await plays(scene, "h264", "aac")
        reader = (await scene.publisher()).heard.child
        assert reader is not None
        reader.kill()
        assert await asyncio.wait_for(pusher.wait(), 5) != 0


async def test_nonsense_on_the_port_harms_nobody() -> None:
    """Mutated handshakes and packets for connections that do and do not exist, from a stranger's socket."""
    dice = random.Random(8)
    async with stage(KEYS) as scene, pushing(ffmpeg_push(address(scene.port, "s_roof", ROOF))):
        await plays(scene, "h264", "aac")
        gate = scene.gate_pid()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.connect(("127.0.0.1", scene.port))
            for number in range(20_000):
                head = bytes([dice.choice((0x80, 0xFF, 0)), dice.randrange(9), 0, 0])
                stranger.send(head + dice.randbytes(dice.randrange(200)) + bytes(dice.randrange(60)))
                if number % 200 == 0:
                    await asyncio.sleep(0)
        publisher = await scene.publisher()
        seen = len(publisher.heard.words)
        await publisher.heard.until(lambda: sum(isinstance(w, words.Report) for w in publisher.heard.words[seen:]) >= 2)
        assert scene.gate_pid() == gate
        assert not publisher.heard.exits
        assert scene.refused == scene.abandoned == []


async def test_coming_and_going_leaves_nothing_behind() -> None:
    """Two sources, ten publishers each, one after the other."""
    async with stage(KEYS) as scene:
        before: int | None = None
        for number in range(10):
            commands = [ffmpeg_push(address(scene.port, source, key), seconds=0.4) for source, key in KEYS.items()]
            async with pushing(commands[0]), pushing(commands[1]):
                for one in (await scene.publisher(2 * number), await scene.publisher(2 * number + 1)):
                    await one.heard.exit()
            # The first ones may load what stays.
            before = before or count(scene.gate_pid(), "fd")
        assert count(scene.gate_pid(), "fd") == before
        assert count(scene.gate_pid(), "task") == 1
        assert list(scene.nursery.children) == [scene.gate_pid()]
