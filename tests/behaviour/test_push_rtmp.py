"""A composed stream on its way to RTMP servers: ffmpeg's, our own, and ones that are slow or rude."""

import socket
import threading
from fractions import Fraction
from pathlib import Path

import pytest

from conference.children.worker.loop import Loop
from recorder.composed import words
from recorder.composed.worker import push_rtmp
from recorder.composed.worker.pushing import PushFailed
from recorder.film.encode import Coded
from tests.fakes.push_stage import add, composing, connected, judge, run_until_sent, running
from tests.fakes.rtmp_client import Chunker
from tests.fakes.rtmp_decode import decoded_pictures, decoded_samples
from tests.fakes.rtmp_stage import stage
from tests.fakes.server import free_port

pytestmark = pytest.mark.timeout(120)

KEY = "geheim-4711"


def to(sink: int, address: str, stream: str = KEY) -> words.AddSink:
    return words.AddSink(sink, "rtmp", address=address, stream=stream)


def test_ffmpeg_receives_every_picture_and_the_voice(tmp_path: Path) -> None:
    port, received, film = free_port(), tmp_path / "received.mkv", tmp_path / "film.mp4"
    url = f"rtmp://127.0.0.1:{port}/live/{KEY}"
    command = ["ffmpeg", "-v", "error", "-listen", "1", "-f", "flv", "-i", url, "-c", "copy", str(received)]
    with running(command, tmp_path / "ffmpeg.log") as ffmpeg, composing(film) as (child, publishers):
        publishers.run(1.0)
        add(child, to(1, f"rtmp://127.0.0.1:{port}/live"), connected(port))
        run_until_sent(child, publishers, 1)
        publishers.run(5.0)
        (report,) = [one for one in child.of(words.Report)[-1].sinks if one.sink == 1]
        child.tell(words.DropSink(1))
        publishers.run(0.5)
        (ended,) = child.of(words.SinkEnded)
        assert (ended.reason, ended.detail) == ("finished", "")
        assert ffmpeg.wait(10) == 0, (tmp_path / "ffmpeg.log").read_text(encoding="utf-8")
        assert report.bytes > 50_000
    judge(received, film)


def test_our_own_ingest_takes_it() -> None:
    with stage({KEY: ""}) as ingest, composing() as (child, publishers):
        publishers.run(0.5)
        add(child, to(1, f"rtmp://127.0.0.1:{ingest.port}/live"), connected(ingest.port))
        publishers.run(4.0)
        session = ingest.sessions.get(timeout=5)
        child.tell(words.DropSink(1))
        publishers.run(0.5)
        assert session.ended.get(timeout=5)[0] == "publisher-left"
    assert decoded_pictures(session.sink) >= 60
    samples, rate = decoded_samples(session.sink)
    assert rate == 48_000
    assert samples >= 2 * rate
    times = [unit.pts_us for unit in session.sink.pictures]
    assert times == sorted(times)


def test_a_key_that_is_not_known_is_refused_by_name() -> None:
    with stage({}) as ingest, composing() as (child, publishers):
        publishers.run(0.3)
        add(child, to(1, f"rtmp://127.0.0.1:{ingest.port}/live"), connected(ingest.port))
        publishers.run(2.0)
        (ended,) = child.of(words.SinkEnded)
    assert (ended.reason, ended.detail) == ("failed", "push-refused")


def test_a_server_that_dies_ends_this_output_and_no_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, composing() as (child, publishers):
        port = server.getsockname()[1]
        child.add_hls(2)
        add(child, to(1, f"rtmp://127.0.0.1:{port}/live"), connected(port))
        server.accept()[0].close()
        publishers.run(3.5)
        (ended,) = child.of(words.SinkEnded)
        assert (ended.sink, ended.detail) == (1, "push-closed")
        assert child.segments[2]
        add(child, to(3, f"rtmp://127.0.0.1:{port}/live"), connected(port))
        with server.accept()[0] as strange:
            strange.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            publishers.run(1.0)
        assert [(word.sink, word.detail) for word in child.of(words.SinkEnded)][1:] == [(3, "push-protocol")]


def answers(accepted: socket.socket) -> None:
    """A server's half of the handshake and of the commands, without looking at what it is told."""
    chunker = Chunker()
    accepted.sendall(b"\x03" + bytes(3072))
    result = {"level": "status", "code": "NetConnection.Connect.Success"}
    accepted.sendall(chunker.command("_result", 1, None, result))
    accepted.sendall(chunker.command("_error", 2, None, None))  # releaseStream is none of its own
    accepted.sendall(chunker.command("_result", 4, None, 1))
    accepted.sendall(chunker.command("onStatus", 0, None, {"level": "status", "code": "NetStream.Publish.Start"}))


def test_a_slow_line_costs_groups_of_pictures_and_never_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, composing() as (child, publishers):
        port = server.getsockname()[1]
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made = connected(port)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        child.add_hls(2)
        add(child, to(1, f"rtmp://127.0.0.1:{port}/live"), made)
        accepted = server.accept()[0]
        answers(accepted)
        publishers.run(9.0)  # nothing is read: what waits is bounded, the other output runs
        reports = child.of(words.Report)
        assert child.of(words.SinkEnded) == []
        assert reports[-1].encoded >= 15
        sent = [one.bytes for one in reports[-1].sinks if one.sink == 1]
        assert 0 < sent[0] < 400_000
        reading = threading.Thread(target=_read_all, args=(accepted,), daemon=True)
        reading.start()
        publishers.run(2.0)
        assert next(one.bytes for one in child.of(words.Report)[-1].sinks if one.sink == 1) > sent[0]
        assert child.of(words.SinkEnded) == []
        accepted.shutdown(socket.SHUT_RDWR)
        reading.join(5)
        accepted.close()


def _read_all(accepted: socket.socket) -> None:
    while True:
        try:
            if not accepted.recv(1 << 16):
                return
        except OSError:
            return


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_rtmp, "ANSWER_S", 0.5)
    monkeypatch.setattr(push_rtmp, "_CHECK_S", 0.05)
    ours, theirs = socket.socketpair()
    loop = Loop()
    push = push_rtmp.RtmpPush(to(1, "rtmp://x/live"), ours.detach(), loop)
    loop.later(1.0, loop.stop)
    loop.run()
    with pytest.raises(PushFailed) as failed:
        push.write(Coded(True, b"", 0, 0, 0, Fraction(1, 1000), True))
    assert failed.value.code == "push-silent"
    push.close()
    theirs.close()
