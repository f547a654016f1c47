"""The RTSP reader against a GStreamer RTSP server, judged by decoding what it gives."""

from __future__ import annotations

import time
import wave
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.fakes import pictures
from tests.fakes.rtsp_pull import Pulled, pull
from tests.fakes.rtsp_server import camera

SECONDS = 12
TONE_HZ = 660


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """H.264 with B-frames and burnt-in counters, and AAC tone bursts."""
    folder = tmp_path_factory.mktemp("film")
    sound = pictures.write_microphone(folder / "tone.wav", tone_hz=TONE_HZ, seconds=SECONDS)
    with wave.open(str(sound)) as stream:
        samples = np.frombuffer(stream.readframes(stream.getnframes()), "<i2")
    file = folder / "film.mp4"
    with av.open(str(file), "w") as container:
        video = container.add_stream("libx264", rate=pictures.FPS, options={"preset": "veryfast", "bf": "2", "g": "15"})
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        audio = container.add_stream("aac", rate=48_000)
        audio.layout = "mono"
        for counter in range(SECONDS * pictures.FPS):
            picture = cv2.cvtColor(pictures.frame(counter, width=640, height=360, hue=20), cv2.COLOR_BGR2RGB)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = 48_000
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return file


def counters(pulled: Pulled) -> list[int | None]:
    return [pictures.read_counter(picture) for picture in pulled.sink.pictures()]


def loudest_hz(samples: np.ndarray, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate_hz / len(samples))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_every_picture_and_the_tone_come_through(film: Path, transport: str) -> None:
    with camera(file=film, audio="aac") as cam:
        pulled = pull(cam.url, cam.port, seconds=4, transport=transport)
    seen = counters(pulled)
    assert len(seen) >= 45
    assert seen == list(range(len(seen)))
    assert not any(unit.broken for unit in pulled.sink.units)
    assert pulled.sink.lost_packets == 0
    samples, rate_hz = pulled.sink.samples()
    assert abs(loudest_hz(samples, rate_hz) - TONE_HZ) < 5


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_sound_and_picture_share_their_time(film: Path, transport: str) -> None:
    """Picture n belongs at n/15 s, a burst begins each 0.5 s."""
    with camera(file=film, audio="aac") as cam:
        pulled = pull(cam.url, cam.port, seconds=5, transport=transport)
    times_us = sorted(unit.pts_us for unit in pulled.sink.units)[: len(counters(pulled))]
    picture_off_us = np.median([t - n * 1_000_000 / pictures.FPS for n, t in enumerate(times_us)])
    samples, rate_hz = pulled.sink.samples()
    loud = np.abs(samples) > 0.1
    quiet_before = np.convolve(loud, np.ones(rate_hz // 10), "full")[: len(loud)] - loud == 0
    begins_us = np.nonzero(loud & quiet_before)[0] * 1_000_000 / rate_hz + pulled.sink.frames[0].pts_us
    assert len(begins_us) >= 5
    sound_off_us = np.median((begins_us + 250_000) % 500_000 - 250_000)
    assert abs(picture_off_us - sound_off_us) < 80_000


@pytest.mark.parametrize(
    ("options", "codec", "sound"),
    [
        ({"audio": "alaw"}, "h264", "pcma"),
        ({"audio": "mulaw", "profile": "high"}, "h264", "pcmu"),
        ({"audio": "opus", "profile": "bframes"}, "h264", "opus"),
        ({"codec": "h265"}, "h265", ""),
    ],
)
def test_codecs_are_named_and_decodable(options: dict[str, str], codec: str, sound: str) -> None:
    with camera(**options) as cam:
        pulled = pull(cam.url, cam.port, seconds=2.5)
    assert pulled.sink.known
    assert [fmt.codec for fmt in pulled.sink.video_formats] == [codec]
    assert pulled.sink.video_formats[0].parameter_sets
    assert len(pulled.sink.pictures()) > 30
    assert [fmt.codec for fmt in pulled.sink.audio_formats] == ([sound] if sound else [])
    if sound:
        samples, rate_hz = pulled.sink.samples()
        assert abs(loudest_hz(samples, rate_hz) - 440) < 10


@pytest.mark.parametrize("auth", ["digest", "basic"])
def test_the_right_password_opens(auth: str) -> None:
    with camera(user="viewer", password="p@ss wörd", auth=auth) as cam:
        pulled = pull(cam.url, cam.port, seconds=1.5, username="viewer", password="p@ss wörd")
    assert len(pulled.sink.units) > 10


@pytest.mark.parametrize("auth", ["digest", "basic"])
def test_a_wrong_password_is_told(auth: str) -> None:
    with camera(user="viewer", password="right", auth=auth) as cam:
        pulled = pull(cam.url, cam.port, username="viewer", password="wrong")
    assert pulled.cause == "wrong-password"
    assert pulled.done_s is not None
    assert pulled.done_s < 1


def test_a_camera_without_tcp_is_read_over_udp() -> None:
    with camera(transport="udp") as cam:
        assert len(pull(cam.url, cam.port, seconds=2).sink.units) > 10
        assert pull(cam.url, cam.port, transport="tcp").cause == "protocol"


def test_a_path_that_is_not_there_is_not_found() -> None:
    with camera() as cam:
        assert pull(cam.url.replace("/live", "/nothing"), cam.port).cause == "not-found"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_frozen_camera_is_noticed_within_3_s(transport: str) -> None:
    moments: list[float] = []
    with camera() as cam:

        def freeze() -> None:
            cam.freeze()
            moments.append(time.monotonic())

        pulled = pull(cam.url, cam.port, seconds=10, transport=transport, at=[(1.5, freeze)])
        moments.append(time.monotonic())
        cam.thaw()
    assert pulled.sink.units
    assert pulled.cause == "no-media"
    assert moments[1] - moments[0] < 3.0


def test_an_unplugged_camera_is_noticed_at_once() -> None:
    with camera() as cam:
        pulled = pull(cam.url, cam.port, seconds=10, at=[(1.0, cam.unplug)])
    assert pulled.cause == "camera-closed"
    assert pulled.done_s is not None
    assert pulled.done_s < 2.0


def test_stopping_says_goodbye() -> None:
    with camera() as cam:
        pulled = pull(cam.url, cam.port, seconds=1.0)
    assert pulled.done_s is not None
    assert pulled.done_s < 1.5
