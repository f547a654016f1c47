"""Frozen means: nothing new to see, whatever arrives. Judged on real encodes of live, frozen and dull pictures."""

from dataclasses import replace

import pytest

from conference.sources import words
from conference.sources.worker.media.units import VideoFormat
from tests.fakes.source_made import Unit, coded
from tests.fakes.source_media import Rig

RATES = {
    "crf": {"crf": "28", "preset": "veryfast"},
    "abr": {"b": "2M", "preset": "veryfast"},
    "cbr": {
        "b": "2M",
        "maxrate": "2M",
        "minrate": "2M",
        "bufsize": "2M",
        "preset": "veryfast",
        "x264-params": "nal-hrd=cbr",
    },
    "baseline": {"b": "500k", "profile": "baseline", "preset": "veryfast"},
    "zerolatency": {"b": "2M", "tune": "zerolatency", "preset": "ultrafast"},
}
BARS = "smptebars=s=1280x720:r=25:d=8"


def ages_ms(units: list[Unit], codec: str = "h264", **need: bool) -> list[int]:
    """Content age at each second."""
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat(codec))
        rig.pipeline.tracks_known()
        rig.need(**need)
        rig.video(units)
        return [word.content_age_ms for word in rig.heard(words.Report) if word.content_age_ms is not None]


@pytest.mark.parametrize("rate", RATES)
def test_a_picture_that_stops_ages_from_within_two_seconds(rate: str) -> None:
    units = coded("testsrc2=s=1280x720:r=25:d=3,tpad=stop_mode=clone:stop_duration=8", **RATES[rate], g="50")
    ages = ages_ms(units)
    assert max(ages[:3]) < 200
    # Frozen from second 3 on: at second 10 it is known for 5 s at least.
    assert ages[9] >= 5000


@pytest.mark.parametrize("rate", RATES)
def test_a_moving_picture_never_ages(rate: str) -> None:
    assert max(ages_ms(coded("testsrc2=s=1280x720:r=25:d=6", **RATES[rate], g="50"))) < 500


@pytest.mark.parametrize("rate", ["crf", "abr", "baseline", "zerolatency"])
def test_the_noise_of_a_sensor_over_a_still_scene_is_alive(rate: str) -> None:
    units = coded(f"{BARS},noise=alls=5:allf=t", **RATES[rate], g="50")
    assert max(ages_ms(units)) <= 2100


def test_a_clock_in_the_corner_of_a_still_scene_is_alive() -> None:
    graph = "color=gray:s=1280x720:r=25:d=8[a];testsrc=s=320x240:r=25:d=8,crop=120:60:140:100[b];[a][b]overlay=1100:20"
    assert max(ages_ms(coded(graph, crf="28", preset="veryfast", g="50"))) <= 2100


@pytest.mark.parametrize("rate", ["cbr", "abr", "zerolatency"])
def test_keyframes_ten_seconds_apart_hide_no_frozen_picture(rate: str) -> None:
    graph = "testsrc2=s=640x360:r=25:d=3,tpad=stop_mode=clone:stop_duration=12"
    ages = ages_ms(coded(graph, **RATES[rate], g="250"))
    assert max(ages[:3]) < 200
    assert ages[9] >= 5000
    assert ages[13] >= 9000


def test_keyframes_ten_seconds_apart_hide_no_life() -> None:
    graph = "color=gray:s=640x360:r=25:d=12[a];testsrc=s=320x240:r=25:d=12,crop=120:60:140:100[b];[a][b]overlay=500:20"
    assert max(ages_ms(coded(graph, crf="28", preset="veryfast", g="250"))) <= 3100


def test_black_is_frozen() -> None:
    ages = ages_ms(coded("color=black:s=1280x720:r=25:d=8", b="2M", g="50"))
    assert ages[-1] >= 7000


def test_pictures_that_are_all_keyframes() -> None:
    frozen = coded("testsrc2=s=640x480:r=25:d=2,tpad=stop_mode=clone:stop_duration=8", g="1", b="4M")
    assert ages_ms(frozen)[8] >= 5000
    assert max(ages_ms(coded("testsrc2=s=640x480:r=25:d=4", g="1", b="4M"))) < 2100
    noise = coded("smptebars=s=640x480:r=25:d=5,noise=alls=9:allf=t", "mjpeg", pix_fmt="yuvj420p", b="20M")
    assert max(ages_ms(noise, "mjpeg")) < 2100
    still = coded("smptebars=s=640x480:r=25:d=8", "mjpeg", pix_fmt="yuvj420p")
    assert ages_ms(still, "mjpeg")[-1] >= 6900


def test_other_codecs_with_and_without_a_viewer() -> None:
    graph = "testsrc2=s=640x480:r=25:d=2,tpad=stop_mode=clone:stop_duration=8"
    units = coded(graph, "libx265", preset="ultrafast", **{"x265-params": "log-level=none:keyint=50:bframes=0"})
    for need in ({}, {"video": True}):
        ages = ages_ms(units, "h265", **need)
        assert max(ages[:2]) < 1000
        assert ages[8] >= 5000


def test_a_live_camera_costs_no_decoding_but_its_thumbnails(monkeypatch: pytest.MonkeyPatch) -> None:
    from conference.sources.worker.media import video

    calls: list[int] = []
    decode = video.decode_keyframe
    monkeypatch.setattr(video, "decode_keyframe", lambda *args: calls.append(1) or decode(*args))
    units = coded("testsrc2=s=320x240:r=25:d=5", b="1M")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        rig.pipeline.tracks_known()
        for turn in range(5):
            rig.video(units, shift_us=turn * 5_000_000)
        thumbnails = rig.heard(words.Thumbnail)
        assert len(calls) == len(thumbnails) == 3
        assert all(word.jpeg[:2] == b"\xff\xd8" and len(word.jpeg) <= 100 * 1024 for word in thumbnails)
        assert (thumbnails[0].width, thumbnails[0].height) == (320, 240)


def test_the_report_measures_the_input() -> None:
    units = coded("testsrc2=s=640x480:r=20:d=5", fps=20, b="1M", g="40")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        rig.pipeline.tracks_known()
        rig.video(units)
        rig.pipeline.lost(3)
        rig.loop.to(rig.t0_s + 8)
        reports = rig.heard(words.Report)
        assert (reports[3].fps, reports[3].width, reports[3].height) == (20.0, 640, 480)
        assert reports[3].keyframe_interval_ms == 2000
        sent = sum(len(unit.data) for unit in units if 3_000_000 <= unit.pts_us < 4_000_000)
        assert abs(reports[3].bitrate_bps - sent * 8) < 0.1 * sent * 8
        assert (reports[3].picture_age_ms, reports[3].audio_age_ms) == (50, None)
        assert reports[-1].picture_age_ms == 3050
        assert (reports[-1].fps, reports[-1].bitrate_bps, reports[-1].lost_packets) == (0.0, 0, 3)


def test_a_large_picture_of_noise_still_makes_a_small_thumbnail() -> None:
    units = coded("color=gray:s=1920x1080:r=25:d=0.2,noise=alls=100:allf=t", qp="10")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        rig.video([replace(units[0], data=units[0].data)])
        (thumbnail,) = rig.heard(words.Thumbnail)
        assert (thumbnail.width, thumbnail.height) == (640, 360)
        assert len(thumbnail.jpeg) <= 100 * 1024
