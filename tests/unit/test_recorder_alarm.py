"""People are told the worst of what is wrong with a recording, once for each change."""

import logging

import pytest

from recorder.alarm import WORST_FIRST, Alarm


@pytest.fixture
def told() -> list[str | None]:
    return []


def test_the_worst_is_told_and_the_next_when_it_ends(told: list[str | None]) -> None:
    alarm = Alarm("rec-1", told.append)
    alarm.set("disk", "low")
    alarm.set("writer", "slow")
    alarm.set("crash", "restarting")
    alarm.set("writer", "error")
    alarm.set("writer", None)
    alarm.set("crash", None)
    alarm.set("disk", None)
    assert told == ["low", "slow", "restarting", "error", "restarting", "low", None]


def test_what_changes_nothing_is_not_told(told: list[str | None], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    alarm = Alarm("rec-1", told.append)
    for _ in range(3):
        alarm.set("writer", None)
    alarm.set("disk", "full", "nothing is left")
    alarm.set("writer", "full", "ENOSPC")
    alarm.set("writer", "slow")
    alarm.set("disk", None)
    alarm.set("writer", None)
    assert told == ["full", "slow", None]
    assert [record.getMessage() for record in caplog.records] == [
        "x recording rec-1: full nothing is left",
        "x recording rec-1: slow ",
        "- recording rec-1 is well again",
    ]


@pytest.mark.parametrize("what", WORST_FIRST)
def test_every_word_is_known(told: list[str | None], what: str) -> None:
    Alarm("rec-1", told.append).set("disk", what)
    assert told == [what]
