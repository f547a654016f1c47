"""Films of files as the recorder writes them, and in the sandbox of a film's child."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from conference.layout import FULL_HD, Rect, grid
from recorder.film.job import Segment
from recorder.worker import matroska
from tests.fakes import film_seen
from tests.fakes.film_made import OPTIONS, T0_MS, Cutter, Shot, opened, track, write_pictures, write_sound
from tests.fakes.pictures import frame


def pictures(width: int, height: int, numbers: range) -> Iterator[tuple[bytes, bool]]:
    """VP8: (data, is a keyframe)."""
    codec = cast("VideoCodecContext", av.CodecContext.create("libvpx", "w"))
    codec.width, codec.height, codec.pix_fmt, codec.bit_rate = width, height, "yuv420p", 1_500_000
    codec.time_base, codec.framerate, codec.options = Fraction(1, 25), Fraction(25), OPTIONS["libvpx"]
    for number in numbers:
        picture = frame(number, width=width, height=height, hue=70)
        video = av.VideoFrame.from_ndarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), format="yuv420p")
        video.pts = number
        yield from ((bytes(packet), packet.is_keyframe) for packet in codec.encode(video))
    yield from ((bytes(packet), packet.is_keyframe) for packet in codec.encode(None))


def voice(hz: float, seconds: float) -> Iterator[bytes]:
    """Opus as browsers send it: one channel, 20 ms."""
    codec = cast("AudioCodecContext", av.CodecContext.create("libopus", "w"))
    codec.sample_rate, codec.layout, codec.format = 48_000, "mono", "flt"
    for at in range(0, round(seconds * 48_000), 960):
        wave = 0.3 * np.sin(2 * np.pi * hz * (at + np.arange(960)) / 48_000)
        audio = av.AudioFrame.from_ndarray(wave.astype(np.float32).reshape(1, -1), format="flt", layout="mono")
        audio.sample_rate, audio.pts = 48_000, at
        yield from (bytes(packet) for packet in codec.encode(audio))


def recorded(
    file: Path, codec: str, frames: Iterator[tuple[bytes, bool]], *, step_ms: int, size: tuple[int, int]
) -> Segment:
    """Clusters of about a second; not closed, as after a crash: no duration, no cues."""
    private = matroska.opus_head() if codec == "opus" else b""
    data = matroska.header(matroska.TrackInfo(codec, private, *size, "王伟", T0_MS, os.urandom(16)))
    parts: list[bytes] = []
    begun = number = 0
    for number, (payload, key) in enumerate(frames):
        if (number * step_ms) // 1000 != begun // 1000:
            data += matroska.cluster(begun, parts, sum(map(len, parts)))
            parts, begun = [], number * step_ms
        parts += [matroska.block(number * step_ms - begun, len(payload), key=key), payload]
    data += matroska.cluster(begun, parts, sum(map(len, parts)))
    file.write_bytes(data)
    return opened(file, T0_MS, (number + 1) * step_ms / 1000)


def test_the_recorders_own_files_with_a_change_of_size_on_the_way(tmp_path: Path) -> None:
    cutter = Cutter(tmp_path)

    def layers() -> Iterator[tuple[bytes, bool]]:
        yield from pictures(320, 180, range(25))
        yield from pictures(1280, 720, range(25, 50))
        yield from pictures(640, 480, range(50, 75))

    video = recorded(tmp_path / "v.mkv", "vp8", layers(), step_ms=40, size=(320, 180))
    spoken = ((packet, True) for packet in voice(600, 3.0))
    audio = recorded(tmp_path / "a.mkv", "opus", spoken, step_ms=20, size=(0, 0))
    film = cutter.cut([track(1, "camera", video), track(1, "microphone", audio)], 0, 3000)
    assert film.faults == ()
    whole = grid(FULL_HD, 1)[0]
    for seen in film_seen.pictures(cutter.file):
        wanted = round(seen.at_s * 25)
        if seen.at_s < 2.0:
            assert abs((seen.counter(whole) or 0) - wanted) <= 1
        else:
            # 4:3 in the middle of a 16:9 cell.
            assert seen.grey[500, 100] < 20
            middle = Rect(240, 0, 1440, 1080)
            assert abs((seen.counter(middle) or 0) - wanted) <= 1
    samples = film_seen.sound(cutter.file)
    for at_s in (0.2, 1.5, 2.6):
        assert film_seen.tone_level(samples, 600, at_s) == pytest.approx(0.3, abs=0.04)


@pytest.mark.parametrize("sound", ["aac", "opus"])
def test_a_confined_child_can_do_it(tmp_path: Path, sound: str) -> None:
    """All four codecs; no path opens, and no system call fails that a film needs."""
    files = []
    for number, coder in enumerate(OPTIONS):
        write_pictures(tmp_path / f"{number}.mkv", Shot(seconds=1, coder=coder))
        files.append(("camera", str(tmp_path / f"{number}.mkv")))
    write_sound(tmp_path / "a.mkv", 440, seconds=1)
    files.append(("microphone", str(tmp_path / "a.mkv")))
    output, scratch = tmp_path / "film.mp4", tmp_path / "scratch"
    output.touch()
    scratch.touch()
    told = {"tracks": files, "output": str(output), "scratch": str(scratch), "sound": sound}
    told |= {"begun_ms": T0_MS, "until_ms": T0_MS + 1000}
    words = [sys.executable, "-m", "tests.fakes.film_confined", json.dumps(told)]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    refused, result = done.stdout.splitlines()
    assert refused == "PermissionError"
    assert json.loads(result) == {"encoded": 25, "faults": []}
    cells = grid(FULL_HD, 4)
    for seen in film_seen.pictures(output):
        # The wall clock covers a part of the second cell's counter.
        for cell in (cells[0], cells[2], cells[3]):
            assert abs((seen.counter(cell) or 0) - round(seen.at_s * 25)) <= 1
    assert film_seen.tone_level(film_seen.sound(output), 440, 0.5) == pytest.approx(0.3, abs=0.05)
