"""The real recorder, forked from its warm template into its sandbox: tracks, files and words go over one socket."""

import asyncio
import os
import socket
import time
from pathlib import Path

from conference.children.child import Child
from conference.children.datagrams import pair
from conference.children.exits import Exit
from conference.children.nursery import Nursery
from recorder import words
from recorder.family import RECORDERS
from tests.fakes.nursery import process_status
from tests.fakes.recorder_rtp import Stream, film, framed, tone
from tests.fakes.recorder_stage import check_fragments

FPS = 30
SECONDS = 3.0
LIMITS = words.Limits(memory_bytes=256 << 20, cpu_share=1.0, stall_s=5.0)


class Core:
    """Gives a file to each segment."""

    child: Child[words.ToChild, words.FromChild]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[words.FromChild] = []
        self.exit: "asyncio.Future[Exit]" = asyncio.get_running_loop().create_future()

    def on_word(self, word: words.FromChild, fds: list[int]) -> None:
        assert not fds
        self.said.append(word)
        if isinstance(word, words.NeedFile):
            segment = f"seg-{word.request:016x}"
            fd = os.open(self.folder / f"{segment}.mkv", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            self.child.send(words.File(word.request, segment), [fd])
            os.close(fd)

    def of(self, kind: type[words.FromChild]) -> int:
        return sum(isinstance(word, kind) for word in self.said)


async def _publish(core: Core, tap: socket.socket) -> None:
    """A camera, a microphone and a telephone, in real time."""
    loop = asyncio.get_running_loop()
    pictures, sounds = film("vp8", int(FPS * SECONDS)), tone(440, SECONDS)
    camera = Stream("vp8", 96, 1000)
    microphone = Stream("opus", 111, 2000, clock_hz=48_000)
    telephone = Stream("pcmu", 0, 3000, clock_hz=8_000)
    core.child.send(words.Track(0, "video", "vp8", 90_000, 96, camera.ssrc))
    core.child.send(words.Track(1, "audio", "opus", 48_000, 111, microphone.ssrc))
    core.child.send(words.Track(2, "audio", "pcmu", 8_000, 0, telephone.ssrc))
    begun_s, unix_s = loop.time(), time.time()
    for number in range(int(SECONDS * 50)):
        media_s = number * 0.02
        await asyncio.sleep(max(begun_s + media_s - loop.time(), 0))
        packets = []
        if number % 50 == 0:
            streams = (camera, microphone, telephone)
            packets += [stream.report(unix_s + media_s, media_s) for stream in streams]
        packets += microphone.sound(sounds[number % len(sounds)], media_s)
        packets += telephone.sound(b"\xff" * 160, media_s)
        await loop.sock_sendall(tap, framed(packets))
        for frame in range(-(-number * FPS // 50), -(-(number + 1) * FPS // 50)):
            await loop.sock_sendall(tap, framed(list(camera.frame(pictures[frame], frame / FPS))))


async def test_a_recorder_records_in_its_sandbox(tmp_path: Path) -> None:
    nursery = Nursery(RECORDERS)
    running = asyncio.create_task(nursery.run())
    core = Core(tmp_path)
    tap, theirs = pair(400_000)
    try:
        start = words.Start("rec-0123456789abcdef", LIMITS)
        core.child = await nursery.spawn(
            start.recording, start, [theirs.fileno()], on_word=core.on_word, on_exit=core.exit.set_result
        )
        theirs.close()
        await _publish(core, tap)
        status = process_status(core.child.pid)
        core.child.stop()
        exit_ = await asyncio.wait_for(core.exit, 10)
    finally:
        tap.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert (exit_.reason, exit_.ended and exit_.ended.cause) == ("ended", "stopped")
    assert status["Seccomp"] == "2"
    assert status["Name"] == "rec-56789abcdef"
    check_fragments(tmp_path, core.said)
    assert core.of(words.Closed) == 3
    assert core.of(words.Synced) >= 3 * 3
    assert core.of(words.Gap) == 0
