"""The load of `recording.py`: people who publish 720p and sound, as the relay's tap gives them to a recorder; and the
least that could be done with the same bytes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from tests.fakes.recorder_rtp import Coded, Stream, framed, tone

WIDTH, HEIGHT, FPS = 1280, 720, 30
BITRATE_BPS = 2_000_000
LOOP_S = 10
_SOUND_S = 0.02
_TAP_BYTES = 4 << 20
_LEAST = """
import os, socket, sys, time
tap, fd = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
parts, synced_s = [], time.monotonic()
while data := tap.recv(65535):
    parts.append(data)
    if time.monotonic() - synced_s >= 1:
        os.writev(fd, parts[:1000]); os.fdatasync(fd)
        parts, synced_s = [], time.monotonic()
"""


def make_film(folder: Path) -> Path:
    """H.264 and Opus, as a browser would send them."""
    file = folder / "person.mkv"
    words = (
        f"-v error -y -f lavfi -i testsrc2=size={WIDTH}x{HEIGHT}:rate={FPS} -f lavfi -i sine=frequency=440"
        f" -vf noise=alls=8:allf=t -c:v libx264 -preset veryfast -tune zerolatency -profile:v baseline -bf 0 -g 90"
        f" -b:v {BITRATE_BPS} -maxrate {BITRATE_BPS} -bufsize {BITRATE_BPS // 2} -pix_fmt yuv420p"
        f" -c:a libopus -b:a 32k -t {LOOP_S}"
    )
    subprocess.run(["ffmpeg", *words.split(), str(file)], check=True, stdin=subprocess.DEVNULL)
    return file


class People:
    """`pairs` of camera and microphone. `send` gets a datagram."""

    def __init__(self, film: Path, pairs: int, send: Callable[[bytes], None]) -> None:
        with av.open(str(film), options={"flags2": "export"}) as opened:
            annexb = av.BitStreamFilterContext("h264_mp4toannexb", opened.streams.video[0])
            packets = [out for packet in opened.demux(opened.streams.video[0]) for out in annexb.filter(packet)]
        self._frames = [Coded(bytes(packet), packet.is_keyframe, 0) for packet in packets if packet.size]
        self._sounds = tone(440, float(LOOP_S))
        self._send = send
        self.streams = [
            (Stream("h264", 96, 1000 + number), Stream("opus", 111, 2000 + number, clock_hz=48_000))
            for number in range(pairs)
        ]
        self._frame = [0] * pairs
        self._sound = [0] * pairs

    def run(self, seconds: float) -> None:
        """In real time, each pair at its own moment within a frame."""
        begun_s = time.time()
        base = list(self._frame), list(self._sound)
        while (at_s := time.time() - begun_s) < seconds:
            for number in range(len(self.streams)):
                phase_s = number / len(self.streams) / FPS
                while (self._frame[number] - base[0][number]) / FPS + phase_s <= at_s:
                    self._picture(number)
                while (self._sound[number] - base[1][number]) * _SOUND_S + phase_s <= at_s:
                    self._voice(number)
            time.sleep(0.002)  # the pace of the load

    def _picture(self, number: int) -> None:
        index = self._frame[number]
        camera, microphone = self.streams[number]
        media_s = index / FPS
        if index % FPS == 0:
            now_s = time.time()
            sound_s = self._sound[number] * _SOUND_S
            self._send(framed([camera.report(now_s, media_s), microphone.report(now_s, sound_s)]))
        self._send(framed(camera.frame(self._frames[index % len(self._frames)], media_s)))
        self._frame[number] += 1

    def _voice(self, number: int) -> None:
        index = self._sound[number]
        microphone = self.streams[number][1]
        self._send(framed(microphone.sound(self._sounds[index % len(self._sounds)], index * _SOUND_S)))
        self._sound[number] += 1


@contextmanager
def least(folder: Path) -> Iterator[tuple[int, socket.socket]]:
    """A process that writes each second's bytes as they came and syncs them: its id, and where to send to."""
    ours, theirs = tap_pair()
    file = os.open(folder / "least.bin", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    words = [sys.executable, "-S", "-c", _LEAST, str(theirs.fileno()), str(file)]
    with subprocess.Popen(words, pass_fds=[theirs.fileno(), file]) as process:
        theirs.close()
        os.close(file)
        with ours:
            yield process.pid, ours


@contextmanager
def copies(film: Path, folder: Path, count: int) -> Iterator[list[int]]:
    """So many ffmpeg processes that read the film in real time and write it as Matroska."""
    processes = []
    for number in range(count):
        words = f"-v error -y -re -stream_loop -1 -i {film} -c copy -flush_packets 1 -cluster_time_limit 1000"
        file = str(folder / f"copy-{number}.mkv")
        processes.append(subprocess.Popen(["ffmpeg", *words.split(), file], stdin=subprocess.DEVNULL))
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def tap_pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _TAP_BYTES)
    return ours, theirs
