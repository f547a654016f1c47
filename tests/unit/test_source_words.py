"""Every state and every cause of a source can be said, in both languages, in one plain sentence."""

import re

import pytest

from conference.model.errors import Text
from conference.model.source import Cause, SourceKind, SourceState, Transcoding
from conference.model.source_words import transcoding_words, words

CASES = [(state, cause) for state in SourceState for cause in (None, *Cause)]
CHINESE = re.compile(r"[一-鿿]")


def check(text: Text) -> None:
    assert CHINESE.search(text.zh)
    assert text.zh.endswith("。")
    assert text.en.isascii()
    assert text.en.endswith(".")
    assert not CHINESE.search(text.en)
    assert len(text.zh) <= 64
    assert len(text.en) <= 140


@pytest.mark.parametrize(("state", "cause"), CASES)
def test_every_state_for_every_cause_has_its_sentence(state: SourceState, cause: Cause | None) -> None:
    check(words(state, cause))


def test_a_wrong_password_of_a_publisher_is_its_key() -> None:
    said = {kind: words(SourceState.WRONG_PASSWORD, None, kind=kind) for kind in SourceKind}
    assert "摄像机" in said[SourceKind.RTSP].zh
    for kind in (SourceKind.RTMP, SourceKind.SRT, SourceKind.WHIP):
        check(said[kind])
        assert "密钥" in said[kind].zh


def test_states_are_told_apart() -> None:
    assert len({words(state, None) for state in SourceState}) == len(SourceState)


def test_causes_are_told_apart() -> None:
    assert len({words(SourceState.OFFLINE, cause) for cause in Cause}) == len(Cause)
    assert len({words(SourceState.UNREACHABLE, cause) for cause in Cause}) == len(Cause)


@pytest.mark.parametrize("state", [SourceState.LIVE, SourceState.WRONG_PASSWORD, SourceState.DISABLED])
def test_a_state_that_says_all_needs_no_cause(state: SourceState) -> None:
    assert {words(state, cause) for cause in Cause} == {words(state, None)}


def test_what_was_never_reached_is_not_said_to_be_offline() -> None:
    for cause in Cause:
        if cause is not Cause.PUBLISHER_LEFT:  # who pushes is never fetched
            assert "已离线" not in words(SourceState.UNREACHABLE, cause).zh


def test_a_quarantine_says_what_it_came_from_and_how_to_end_it() -> None:
    said = {words(SourceState.QUARANTINED, cause) for cause in (Cause.CRASHED, Cause.STALLED, Cause.OVER_LIMIT)}
    assert len(said) == 3
    assert all("重启" in text.zh and "restart" in text.en for text in said)


def test_why_it_is_re_encoded() -> None:
    assert transcoding_words(()) is None
    for reason in Transcoding:
        said = transcoding_words((reason,))
        assert said is not None
        check(said)
        assert said.zh.startswith("转码中：")
    both = transcoding_words((Transcoding.B_FRAMES, Transcoding.AUDIO_CODEC))
    assert both == Text(
        "转码中：视频含 B 帧、浏览器不能播放它的音频编码。",
        "Transcoding: its video has B-frames, browsers cannot play its sound coding.",
    )
