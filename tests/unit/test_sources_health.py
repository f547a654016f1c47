"""What is said about a source, second by second."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.model.source import Cause, SourceState, Transcoding
from conference.sources.health import PLAYING, Health
from conference.sources.words import Formats, Report

S = SourceState
NOW_MS = 1_800_000_000_000


def formats(**changes: object) -> Formats:
    values: dict[str, object] = {"video_codec": "h264", "audio_codec": "pcma", "video_out": "h264", "audio_out": "pcma"}
    return Formats(**(values | changes))  # type: ignore[arg-type]


def report(**changes: object) -> Report:
    values: dict[str, object] = {
        "bitrate_bps": 2_000_000,
        "fps": 25.0,
        "width": 1280,
        "height": 720,
        "picture_age_ms": 40,
        "content_age_ms": 40,
        "audio_age_ms": 20,
        "keyframe_interval_ms": 2000,
    }
    return Report(**(values | changes))  # type: ignore[arg-type]


class Watched:
    """A health with its own second hand."""

    def __init__(self, state: SourceState = S.CONNECTING) -> None:
        self.at_ms = NOW_MS
        self.health = Health(state, at_ms=NOW_MS, frozen_after_s=5)

    def hear(self, **changes: object) -> SourceState:
        self.at_ms += 1000
        self.health.heard_report(report(**changes), at_ms=self.at_ms)
        return self.health.status.state

    @property
    def since_ms(self) -> int:
        return self.health.status.since_ms - self.at_ms


def live() -> Watched:
    watched = Watched()
    watched.health.heard_formats(formats(), at_ms=NOW_MS)
    for _ in range(6):
        assert watched.hear() is S.LIVE
    return watched


def test_it_is_live_from_the_first_report_of_media() -> None:
    watched = Watched()
    assert watched.hear() is S.CONNECTING  # nobody knows yet what it sends
    watched.health.heard_formats(formats(), at_ms=NOW_MS)
    assert watched.hear(picture_age_ms=None, audio_age_ms=None, content_age_ms=None) is S.CONNECTING
    assert watched.hear() is S.LIVE
    assert watched.health.measured is not None
    assert (watched.health.measured.video_codec, watched.health.measured.width) == ("h264", 1280)


@pytest.mark.parametrize(
    ("heard", "state", "since_ms"),
    [
        ({}, S.LIVE, None),
        ({"content_age_ms": 4900}, S.LIVE, None),
        ({"content_age_ms": 5000}, S.FROZEN, -5000),
        ({"picture_age_ms": 1900, "fps": 20.0}, S.LIVE, None),
        ({"picture_age_ms": 2000, "fps": 0.0}, S.OFFLINE, -2000),
        ({"picture_age_ms": 2000, "content_age_ms": 9000}, S.OFFLINE, -2000),
        ({"picture_age_ms": None, "content_age_ms": None}, S.LIVE, None),
        ({"picture_age_ms": None, "content_age_ms": None, "audio_age_ms": 2500}, S.OFFLINE, -2500),
    ],
)
def test_one_report_tells(heard: dict[str, object], state: SourceState, since_ms: int | None) -> None:
    watched = live()
    assert watched.hear(**heard) is state
    if since_ms is not None:
        assert watched.since_ms == since_ms
    assert watched.hear() is S.LIVE


def test_low_rate_takes_two_bad_seconds_and_does_not_become_usual() -> None:
    watched = live()
    assert watched.hear(fps=12.0) is S.LIVE
    assert watched.hear(fps=12.0) is S.LOW_RATE
    for _ in range(100):
        assert watched.hear(fps=12.0) is S.LOW_RATE
    assert watched.hear(fps=17.0) is S.LOW_RATE  # apart from where it began, so that the mark does not flicker
    assert watched.hear(fps=24.0) is S.LIVE


def test_a_slow_camera_is_not_offline_between_its_pictures() -> None:
    watched = Watched()
    watched.health.heard_formats(formats(), at_ms=NOW_MS)
    for _ in range(6):
        watched.hear(fps=0.5)
    assert watched.hear(fps=0.5, picture_age_ms=2400) is S.LIVE
    assert watched.hear(fps=0.0, picture_age_ms=6000) is S.OFFLINE


def test_offline_begins_with_the_last_picture() -> None:
    watched = live()
    watched.hear(picture_age_ms=1500)
    assert watched.health.set(S.OFFLINE, Cause.CAMERA_CLOSED, at_ms=watched.at_ms + 500)
    assert watched.health.status.since_ms == watched.at_ms + 500 - 1500
    assert watched.health.measured is None
    # Trying again in vain does not move the time.
    since_ms = watched.health.status.since_ms
    assert not watched.health.set(S.OFFLINE, Cause.CAMERA_CLOSED, at_ms=watched.at_ms + 9000)
    assert watched.health.status.since_ms == since_ms


def test_what_cannot_be_shown_is_said_so() -> None:
    watched = Watched()
    assert watched.health.heard_formats(formats(video_codec="av9", video_out="", unsupported=True), at_ms=NOW_MS)
    assert watched.health.status.state is S.UNSUPPORTED
    assert watched.health.status.cause is Cause.VIDEO_CODEC
    assert watched.hear() is S.UNSUPPORTED
    empty = Watched()
    assert empty.health.heard_formats(Formats(), at_ms=NOW_MS)
    assert empty.health.status.cause is Cause.NO_TRACKS


def test_transcoding_is_told_while_it_runs() -> None:
    watched = live()
    watched.hear(running=("b-frames", "nobody-knows", "viewer"))
    assert watched.health.status.transcoding == (Transcoding.B_FRAMES, Transcoding.VIEWER)
    watched.hear()
    assert watched.health.status.transcoding == ()


REPORTS = st.builds(
    report,
    fps=st.floats(0, 60),
    picture_age_ms=st.none() | st.integers(0, 20_000),
    content_age_ms=st.none() | st.integers(0, 20_000),
    audio_age_ms=st.none() | st.integers(0, 20_000),
)


@given(st.lists(REPORTS, max_size=80))
def test_it_never_calls_live_what_is_not(reports: list[Report]) -> None:
    watched = Watched()
    watched.health.heard_formats(formats(), at_ms=NOW_MS)
    for heard in reports:
        watched.at_ms += 1000
        before = watched.health.status
        changed = watched.health.heard_report(heard, at_ms=watched.at_ms)
        status = watched.health.status
        assert changed == (
            (before.state, before.cause, before.transcoding) != (status.state, status.cause, status.transcoding)
        )
        assert status.since_ms <= watched.at_ms
        if heard.content_age_ms is not None and heard.content_age_ms >= 5000 and heard.picture_age_ms is not None:
            assert status.state in (S.FROZEN, S.OFFLINE)
        if heard.picture_age_ms is not None and heard.picture_age_ms <= 500:
            assert status.state in PLAYING
