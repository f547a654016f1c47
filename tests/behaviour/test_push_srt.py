"""A composed stream on its way to SRT listeners: ffmpeg's and libsrt's own, with loss, with wrong passphrases."""

import asyncio
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from recorder.composed import words
from tests.fakes.lossy_path import lossy_path
from tests.fakes.push_stage import FILM, add, composing, datagrams_to, judge, run_until_sent, running
from tests.fakes.server import free_port

pytestmark = pytest.mark.timeout(120)

PASSPHRASE = "geheime-parole"


def to(sink: int, passphrase: str = PASSPHRASE, latency_ms: int = 200) -> words.AddSink:
    said = {"streamid": "#!::r=lage,m=publish", "latency": str(latency_ms)}
    return words.AddSink(sink, "srt", stream=urlencode(said | ({"passphrase": passphrase} if passphrase else {})))


def ffmpeg_listener(port: int, received: Path, passphrase: str = PASSPHRASE) -> list[str]:
    said = {"mode": "listener", "transtype": "live"} | ({"passphrase": passphrase} if passphrase else {})
    url = f"srt://127.0.0.1:{port}?{urlencode(said)}"
    return ["ffmpeg", "-v", "warning", "-f", "mpegts", "-i", url, "-c", "copy", str(received)]


@pytest.mark.parametrize("passphrase", [PASSPHRASE, ""], ids=["encrypted", "clear"])
def test_ffmpeg_receives_every_picture_and_the_voice(tmp_path: Path, passphrase: str) -> None:
    port, received, film = free_port(), tmp_path / "received.mkv", tmp_path / "film.mp4"
    with (
        running(ffmpeg_listener(port, received, passphrase), tmp_path / "ffmpeg.log") as ffmpeg,
        composing(film) as (child, publishers),
    ):
        publishers.run(0.5)
        add(child, to(1, passphrase), datagrams_to(port))
        run_until_sent(child, publishers, 1)
        publishers.run(5.0)
        assert {one.sink: one.bytes for one in child.of(words.Report)[-1].sinks}[1] > 50_000
        child.tell(words.DropSink(1))
        publishers.run(0.5)
        (ended,) = [word for word in child.of(words.SinkEnded) if word.sink != FILM]
        assert (ended.reason, ended.detail) == ("finished", "")
        assert ffmpeg.wait(10) == 0, (tmp_path / "ffmpeg.log").read_text(encoding="utf-8")
    judge(received, film)


def test_libsrts_own_tool_receives_it(tmp_path: Path) -> None:
    port, received, film = free_port(), tmp_path / "received.ts", tmp_path / "film.mp4"
    source = f"srt://:{port}?mode=listener&passphrase={PASSPHRASE}"
    tool = ["sh", "-c", f"exec srt-live-transmit -q '{source}' file://con > {received}"]
    with running(tool, tmp_path / "srt.log") as listener, composing(film) as (child, publishers):
        publishers.run(0.5)
        add(child, to(1), datagrams_to(port))
        run_until_sent(child, publishers, 1)
        publishers.run(5.0)
        child.tell(words.DropSink(1))
        publishers.run(0.5)
        listener.send_signal(signal.SIGINT)
        listener.wait(5)
    whole = tmp_path / "whole.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(received), "-c", "copy", str(whole)], check=True, timeout=30)
    judge(whole, film)


def test_a_far_end_that_leaves_is_heard(tmp_path: Path) -> None:
    port = free_port()
    source = f"srt://:{port}?mode=listener&passphrase={PASSPHRASE}"
    tool = ["srt-live-transmit", "-q", source, "file://con"]
    with running(tool, tmp_path / "received.ts") as listener, composing() as (child, publishers):
        publishers.run(0.5)
        add(child, to(1), datagrams_to(port))
        run_until_sent(child, publishers, 1)
        listener.send_signal(signal.SIGINT)
        listener.wait(5)
        publishers.run(1.0)
        (ended,) = child.of(words.SinkEnded)
    assert (ended.reason, ended.detail) == ("failed", "push-closed")


@contextmanager
def lossy(port: int) -> Iterator[int]:
    """A path that loses 4 % each way and takes 20 ms, in a thread of its own."""
    ports: list[int] = []
    there, over = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def carry() -> None:
        async with lossy_path(("127.0.0.1", port), loss=0.04, delay_s=0.02) as path:
            ports.append(path.port)
            there.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(carry(),))
    thread.start()
    there.wait(5)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(5)
        loop.close()


def test_what_the_line_loses_is_sent_again(tmp_path: Path) -> None:
    port, received, film = free_port(), tmp_path / "received.mkv", tmp_path / "film.mp4"
    with (
        running(ffmpeg_listener(port, received), tmp_path / "ffmpeg.log") as ffmpeg,
        lossy(port) as path,
        composing(film) as (child, publishers),
    ):
        publishers.run(0.5)
        add(child, to(1, latency_ms=400), datagrams_to(path))
        run_until_sent(child, publishers, 1)
        publishers.run(5.0)
        child.tell(words.DropSink(1))
        publishers.run(0.5)
        ffmpeg.wait(10)
    judge(received, film)


@pytest.mark.parametrize(("theirs", "ours"), [(PASSPHRASE, "another-parole"), (PASSPHRASE, "")], ids=["other", "none"])
def test_a_wrong_passphrase_is_said_to_be(tmp_path: Path, theirs: str, ours: str) -> None:
    port = free_port()
    listener = ffmpeg_listener(port, tmp_path / "received.mkv", theirs)
    with running(listener, tmp_path / "ffmpeg.log"), composing() as (child, publishers):
        publishers.run(0.5)
        add(child, to(1, ours), datagrams_to(port))
        publishers.run(1.5)
        (ended,) = [word for word in child.of(words.SinkEnded) if word.sink != FILM]
    assert (ended.reason, ended.detail) == ("failed", "push-wrong-password")


def test_nobody_there_and_one_that_falls_silent_are_noticed(tmp_path: Path) -> None:
    port, received = free_port(), tmp_path / "received.mkv"
    with composing() as (child, publishers):
        child.add_hls(9)
        add(child, to(1), datagrams_to(free_port()))
        publishers.run(6.0)
        assert [(word.sink, word.detail) for word in child.of(words.SinkEnded)] == [(1, "push-silent")]
        with running(ffmpeg_listener(port, received), tmp_path / "ffmpeg.log") as ffmpeg:
            add(child, to(2), datagrams_to(port))
            run_until_sent(child, publishers, 2)
            ffmpeg.send_signal(signal.SIGSTOP)
            publishers.run(7.0)
            assert [(word.sink, word.detail) for word in child.of(words.SinkEnded)][1:] == [(2, "push-silent")]
        assert child.segments[9]  # the other output has not noticed
