"""Both RTMP processes in their sandboxes, in the clear and under TLS: the gate lets ffmpeg in, the reader hears it."""

import asyncio
import shutil
import socket
from pathlib import Path

import pytest

import config
from conference.children.datagrams import pair
from conference.sources import words
from server.tls import certificate_files
from tests.fakes.nursery import Heard, Ward, ward

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg")


async def _spawn(children: Ward, job: words.Job, fds: list[int]) -> Heard:
    heard = Heard()
    heard.child = await children.nursery.spawn("s_test", job, fds, on_word=heard.on_word, on_exit=heard.on_exit)
    return heard


async def _push(url: str) -> asyncio.subprocess.Process:
    picture = ("-re", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=25", "-c:v", "libx264", "-bf", "0", "-g", "25")
    tone = ("-f", "lavfi", "-i", "sine=sample_rate=48000", "-c:a", "aac")
    return await asyncio.create_subprocess_exec(
        *("ffmpeg", "-v", "error", *picture[:5], *tone[:4], *picture[5:], *tone[4:], "-pix_fmt", "yuv420p"),
        *("-f", "flv", url),
        stderr=asyncio.subprocess.DEVNULL,
    )


@pytest.mark.parametrize("scheme", ["rtmp", "rtmps"])
async def test_a_publisher_is_let_in_and_read(scheme: str, tmp_path: Path) -> None:
    cert, key = map(str, certificate_files(config.load().http, tmp_path)) if scheme == "rtmps" else (None, None)
    relay, media = pair(65_536)
    async with ward("conference.sources.worker.main:run") as children:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            gate = await _spawn(children, words.RtmpGateJob(tls_cert=cert, tls_key=key), [server.fileno()])
        publisher = await _push(f"{scheme}://127.0.0.1:{port}/live/the-key")
        try:
            await gate.until(lambda: any(isinstance(word, words.Knock) for word in gate.words))
            (knock,) = [word for word in gate.words if isinstance(word, words.Knock)]
            assert knock.key == "the-key"
            assert gate.child is not None
            gate.child.send(words.Admit(connection=knock.connection))
            await gate.until(lambda: gate.fds)
            (handover,) = [word for word in gate.words if isinstance(word, words.Handover)]
            with media, socket.socket(fileno=gate.fds[0]) as handed:
                reader = await _spawn(children, words.RtmpJob(state=handover.state), [media.fileno(), handed.fileno()])
            await reader.until(
                lambda: reader.exits or any(isinstance(word, words.Report) and word.fps > 5 for word in reader.words)
            )
            assert not reader.exits
        finally:
            publisher.kill()
            await publisher.wait()
        exit_ = await reader.exit()
        assert (exit_.reason, exit_.ended and exit_.ended.cause) == ("ended", "publisher-left")
    relay.close()
