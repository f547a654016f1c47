"""The real children, each in its sandbox, with a peer of a few lines."""

import asyncio
import shutil
import socket
import ssl
from pathlib import Path

import pytest

import config
from conference.children.datagrams import pair
from conference.sources import words
from conference.sources.nursery import Child, SourceNursery
from server.tls import certificate_files
from tests.fakes.nursery import Heard, ward

REAL = "conference.sources.worker.main:run"
RTMP_HELLO = b"\x03" + bytes(4) + bytes(4) + bytes(1528)
"""C0 and C1."""


async def _spawn(nursery: SourceNursery, job: words.Job, fds: list[int]) -> Heard:
    heard = Heard()
    heard.child = await nursery.spawn("s_test", job, fds, on_word=heard.on_word, on_exit=heard.on_exit)
    return heard


def _child(heard: Heard) -> Child:
    assert heard.child is not None
    return heard.child


async def _camera(nursery: SourceNursery) -> tuple[Heard, socket.socket]:
    """An RTSP child and the camera's end of its connection."""
    ours, media = pair(65_536)
    ours.close()
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        camera, _ = server.accept()
    job = words.RtspJob(url="rtsp://camera/live", username="u", password="p", transport="tcp", peer="127.0.0.1")
    with client, media:
        return await _spawn(nursery, job, [media.fileno(), client.fileno()]), camera


async def test_a_camera_that_hangs_up() -> None:
    async with ward(REAL) as children:
        heard, camera = await _camera(children.nursery)
        camera.setblocking(False)
        assert (await asyncio.get_running_loop().sock_recv(camera, 1000)).startswith(b"OPTIONS rtsp://camera/live ")
        camera.close()
        exit_ = await heard.exit()
        assert (exit_.reason, exit_.ended and exit_.ended.cause) == ("ended", "camera-closed")


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_a_camera_that_asks_for_a_password(algorithm: str) -> None:
    """Hashing must not need a file that it can no longer open."""
    challenge = f'Digest realm="r", nonce="abc", qop="auth", algorithm={algorithm}'
    async with ward(REAL) as children:
        _, camera = await _camera(children.nursery)
        reader, writer = await asyncio.open_connection(sock=camera)
        seen = b""
        while b"\r\nAuthorization: Digest " not in seen:
            request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            seen += request
            (number,) = [line for line in request.split(b"\r\n") if line.lower().startswith(b"cseq:")]
            writer.write(b"RTSP/1.0 401 Unauthorized\r\n" + number + b"\r\n")
            writer.write(f"WWW-Authenticate: {challenge}\r\n\r\n".encode())
        assert b'username="u"' in seen
        writer.close()


async def test_a_camera_that_is_let_go() -> None:
    async with ward(REAL) as children:
        heard, camera = await _camera(children.nursery)
        await heard.until(lambda: heard.words)
        _child(heard).send(words.Need(video=True, vp8=True, audio=True))
        _child(heard).stop()
        assert (await heard.exit()).reason == "ended"
        camera.close()


@pytest.mark.parametrize("tls", [False, True])
async def test_a_gate_greets_its_guests(tls: bool, tmp_path: Path) -> None:
    cert, key = map(str, certificate_files(config.load().http, tmp_path)) if tls else (None, None)
    async with ward(REAL) as children:
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
            job = words.RtmpGateJob(tls_cert=cert, tls_key=key)
            heard = await _spawn(children.nursery, job, [server.fileno()])
        context = None
        if tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(*address[:2], ssl=context)
        writer.write(RTMP_HELLO)
        # S0, S1 and S2 (RTMP 1.0, section 5.2).
        answer = await asyncio.wait_for(reader.readexactly(1 + 2 * 1536), 5)
        assert answer[0] == 3
        writer.close()
        _child(heard).stop()
        assert (await heard.exit()).reason == "killed"


async def test_a_word_for_somebody_else_is_a_crash() -> None:
    async with ward(REAL) as children:
        heard, camera = await _camera(children.nursery)
        _child(heard).send(words.Admit(connection=1))
        assert (await heard.exit()).detail == "exit code 1"
        camera.close()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg")
async def test_an_srt_gate_lets_a_publisher_in() -> None:
    async with ward(REAL) as children:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            udp.settimeout(0)
            port = udp.getsockname()[1]
            heard = await _spawn(children.nursery, words.SrtGateJob(latency_ms=120), [udp.fileno()])
        url = f"srt://127.0.0.1:{port}?mode=caller&streamid=s_one&passphrase=long-enough-secret&transtype=live"
        picture = ("-re", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=25", "-c:v", "mpeg2video")
        publisher = await asyncio.create_subprocess_exec("ffmpeg", "-v", "error", *picture, "-f", "mpegts", url)
        try:
            await heard.until(lambda: any(isinstance(word, words.Knock) for word in heard.words))
            (knock,) = [word for word in heard.words if isinstance(word, words.Knock)]
            assert knock.key == "s_one"
            _child(heard).send(words.Admit(connection=knock.connection, passphrase="long-enough-secret"))
            await heard.until(lambda: heard.fds)
            with socket.socket(fileno=heard.fds[0]) as handed:
                handed.settimeout(0)
                payload = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(handed, 65_536), 5)
                assert (payload[0], len(payload) % 188) == (0x47, 0)
        finally:
            publisher.kill()
            await publisher.wait()
