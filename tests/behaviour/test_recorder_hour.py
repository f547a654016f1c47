"""An hour of a person whose camera and microphone have clocks of their own, in a few seconds."""

from pathlib import Path

import numpy as np
import pytest

from recorder import words
from tests.fakes import recorder_judge as judge
from tests.fakes import recorder_stage
from tests.fakes.recorder_rtp import Stream, film, tone
from tests.fakes.recorder_stage import Stage, check_fragments

pytestmark = pytest.mark.skipif(judge.FFMPEG is None, reason="needs ffmpeg")

HOUR_S = 3600
CAMERA_PPM, MICROPHONE_PPM = 50, -50
BURST_EVERY_S = 20
APART_MS = 20
RATE_HZ = 8000


def test_after_an_hour_with_clocks_apart_sound_and_picture_are_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture each second, sound for each first of twenty seconds: both begin at the same moment."""
    monkeypatch.setattr(recorder_stage, "TICK_S", 0.5)
    stage = Stage(tmp_path)
    stage.track(1, "vp8", ssrc=7)
    stage.track(2, "opus", ssrc=8, pt=111)
    camera, microphone = Stream("vp8", 96, 7), Stream("opus", 111, 8, clock_hz=48_000)
    pictures, sounds = film("vp8", 60, fps=1, gop=10), tone(440, 1.0)
    for second in range(HOUR_S):
        stage.until(float(second))
        camera_s, sound_s = second * (1 + CAMERA_PPM / 1e6), second * (1 + MICROPHONE_PPM / 1e6)
        at_s = stage.begun_s + second
        stage.send([camera.report(at_s, camera_s), microphone.report(at_s, sound_s)])
        stage.send(camera.frame(pictures[second % len(pictures)], camera_s))
        if second % BURST_EVERY_S == 0:
            for number, packet in enumerate(sounds):
                stage.send(microphone.sound(packet, sound_s + number * 0.02))
    stage.finish()
    begun_ms = {segment.track: segment.begun_ms for segment in stage.of(words.Segment)}
    video, audio = sorted(stage.files(), key=lambda file: judge.facts(file)["codec_type"], reverse=True)
    shown_ms = begun_ms[1] + np.array([at_s for at_s, _, _ in judge.packets(video)]) * 1000
    assert len(shown_ms) == HOUR_S
    due_ms = shown_ms[::BURST_EVERY_S]
    for heard in (judge.samples(audio, RATE_HZ), judge.plain_samples(audio, RATE_HZ)):
        assert np.abs(begun_ms[2] + begins_ms(heard) - due_ms).max() <= APART_MS
    assert [gap.reason for gap in stage.of(words.Gap) if gap.track == 1] == []
    check_fragments(tmp_path, stage.words)


def begins_ms(heard: np.ndarray) -> np.ndarray:
    """Where a sound begins after a pause."""
    loud = np.abs(heard.astype(float)) > 2000
    places = np.flatnonzero(loud)
    first = np.diff(places, prepend=-(10**9)) > RATE_HZ
    return places[first] * 1000 / RATE_HZ
