"""Real publishers come through the gate and are read whole: both ffmpegs, GStreamer, H.264, H.265, AAC, Opus, RTMPS."""

import itertools

import pytest

from conference.sources import words
from tests.fakes.rtmp_decode import decoded_pictures, decoded_samples
from tests.fakes.rtmp_pushers import DEBIAN_FFMPEG, ffmpeg_push, gst_push, new_ffmpeg, running, self_signed
from tests.fakes.rtmp_stage import Session, Stage, stage

KEY = "0f3a9c1e5b7d"
B_FRAMES = "-c:v libx264 -preset veryfast -bf 2 -g 50 -pix_fmt yuv420p"
HEVC = "-c:v libx265 -preset ultrafast -x265-params log-level=none"


def _url(it: Stage, key: str = KEY, *, scheme: str = "rtmp") -> str:
    return f"{scheme}://127.0.0.1:{it.port}/live/{key}"


def _publish(it: Stage, command: list[str]) -> Session:
    with running(command) as process:
        session = it.sessions.get(timeout=30)
        cause, _ = session.ended.get(timeout=40)
        _, errors = process.communicate(timeout=10)
    assert (cause, process.returncode, errors) == ("publisher-left", 0, "")
    return session


@pytest.mark.parametrize(
    ("binary", "video", "codec"),
    [
        (DEBIAN_FFMPEG, "-c:v libx264 -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p", "h264"),
        (DEBIAN_FFMPEG, B_FRAMES, "h264"),
        (None, B_FRAMES, "h264"),
        (None, HEVC, "h265"),
    ],
    ids=["ffmpeg 5.1", "ffmpeg 5.1 with B-frames", "ffmpeg 9", "ffmpeg 9 with H.265"],
)
def test_ffmpeg(binary: str | None, video: str, codec: str) -> None:
    with stage({KEY: ""}) as it:
        session = _publish(it, ffmpeg_push(_url(it), binary=binary or new_ffmpeg(), video=video, paced=False))
    sink = session.sink
    assert [fmt.codec for fmt in sink.video_formats] == [codec] and sink.lost_packets == 0
    assert len(sink.pictures) == decoded_pictures(sink) == 75
    dts = [unit.dts_us or 0 for unit in sink.pictures]
    assert dts == sorted(set(dts)) and all(unit.pts_us >= (unit.dts_us or 0) for unit in sink.pictures)
    assert sorted(unit.pts_us for unit in sink.pictures)[-1] - dts[0] > 2_800_000
    assert [(fmt.codec, fmt.clock_hz, fmt.channels) for fmt in sink.audio_formats] == [("aac", 44_100, 2)]
    samples, rate_hz = decoded_samples(sink)
    assert rate_hz == 44_100 and abs(samples - 3 * rate_hz) < 4096
    assert session.connected == sink.known == 1


@pytest.mark.parametrize(
    ("audio", "expected"),
    [
        ("-c:a libopus -ar 48000 -ac 2", ("opus", 48_000, 2)),
        ("-c:a libmp3lame -ar 44100 -ac 1", ("mp3", 44_100, 1)),
        ("-c:a pcm_alaw -ar 8000 -ac 1", ("pcma", 8_000, 1)),
        ("-c:a pcm_mulaw -ar 8000 -ac 1", ("pcmu", 8_000, 1)),
    ],
    ids=["opus", "mp3", "pcma", "pcmu"],
)
def test_sound(audio: str, expected: tuple[str, int, int]) -> None:
    with stage({KEY: ""}) as it:
        sink = _publish(it, ffmpeg_push(_url(it), binary=new_ffmpeg(), audio=audio, paced=False)).sink
    assert [(fmt.codec, fmt.clock_hz, fmt.channels) for fmt in sink.audio_formats] == [expected]
    seconds = (sink.frames[-1].pts_us - sink.frames[0].pts_us) / 1e6
    assert 2.5 < seconds < 3.1 and len(sink.pictures) == 75


def test_picture_without_sound_is_known_after_a_moment() -> None:
    with stage({KEY: ""}) as it:
        sink = _publish(it, ffmpeg_push(_url(it), audio="", seconds=2)).sink
    assert sink.known == 1 and not sink.audio_formats and len(sink.pictures) == decoded_pictures(sink) == 50


@pytest.mark.parametrize(
    ("video", "codec"),
    [
        ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8", "vp9"),
        ("-c:v libx264 -map 0:v", "h264"),
    ],
    ids=["vp9", "two tracks"],
)
def test_unusual_pictures(video: str, codec: str) -> None:
    with stage({KEY: ""}) as it:
        sink = _publish(it, ffmpeg_push(_url(it), binary=new_ffmpeg(), video=video, paced=False)).sink
    assert [fmt.codec for fmt in sink.video_formats] == [codec]
    assert len(sink.pictures) == decoded_pictures(sink) == 75


def test_a_codec_that_is_only_named_keeps_its_sound() -> None:
    with stage({KEY: ""}) as it:
        sink = _publish(it, ffmpeg_push(_url(it), video="-c:v flv1", paced=False)).sink
    assert [fmt.codec for fmt in sink.video_formats] == ["flv1"] and not sink.pictures and len(sink.frames) > 100


def test_times_beyond_24_bits() -> None:
    with stage({KEY: ""}) as it:
        sink = _publish(it, ffmpeg_push(_url(it), extra="-output_ts_offset 16776", paced=False)).sink
    dts_s = [(unit.dts_us or 0) / 1e6 for unit in sink.pictures]
    assert dts_s[0] < 16_777.215 < dts_s[-1] and max(b - a for a, b in itertools.pairwise(dts_s)) < 0.05
    assert len(sink.pictures) == decoded_pictures(sink) == 75


@pytest.mark.parametrize("element", ["rtmp2sink", "rtmpsink"])
def test_gstreamer(element: str) -> None:
    with stage({KEY: ""}) as it:
        sink = _publish(it, gst_push(_url(it), element=element)).sink
    assert len(sink.pictures) == decoded_pictures(sink) == 75 and sink.lost_packets == 0
    samples, rate_hz = decoded_samples(sink)
    assert rate_hz == 48_000 and samples > 2.8 * rate_hz


@pytest.mark.parametrize("tool", ["ffmpeg 5.1", "ffmpeg 9", "gstreamer"])
def test_a_wrong_key_fails_and_no_media_is_read(tool: str) -> None:
    with stage({KEY: ""}) as it:
        url = _url(it, "wrong")
        new = tool == "ffmpeg 9"
        command = (
            gst_push(url) if tool == "gstreamer" else ffmpeg_push(url, binary=new_ffmpeg() if new else DEBIAN_FFMPEG)
        )
        with running(command) as process:
            _, errors = process.communicate(timeout=20)
        assert process.returncode != 0 and "Unknown stream key" in errors
        assert [type(word) for word in it.told] == [words.Knock] and not it.all_sessions


def test_a_killed_publisher_has_left() -> None:
    with stage({KEY: ""}) as it, running(ffmpeg_push(_url(it), seconds=30)) as process:
        session = it.sessions.get(timeout=20)
        process.kill()
        assert session.ended.get(timeout=5)[0] == "publisher-left"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return self_signed(tmp_path_factory.mktemp("rtmps"))


@pytest.mark.parametrize("new", [False, True], ids=["ffmpeg 5.1", "ffmpeg 9"])
def test_rtmps(certificate: tuple[str, str], new: bool) -> None:
    with stage({KEY: ""}, cert=certificate) as it:
        binary, extra = (new_ffmpeg(), "-tls_verify 0") if new else (DEBIAN_FFMPEG, "")
        url, video = _url(it, scheme="rtmps"), "-c:v libx264 -b:v 8M -bf 0"
        command = ffmpeg_push(url, binary=binary, video=video, extra=extra, paced=False)
        sink = _publish(it, command).sink
        assert len(sink.pictures) == decoded_pictures(sink) == 75
        assert abs(decoded_samples(sink)[0] - 3 * 44_100) < 4096
        with running(ffmpeg_push(_url(it, "wrong", scheme="rtmps"), binary=binary, extra=extra)) as process:
            _, errors = process.communicate(timeout=20)
        assert process.returncode != 0 and "Unknown stream key" in errors
        # The same port still takes it in clear.
        assert len(_publish(it, ffmpeg_push(_url(it), paced=False)).sink.pictures) == 75
