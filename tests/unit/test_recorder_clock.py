"""RTP time to Unix time: an hour with clocks 100 ppm apart, no jump when reports begin, jumps that are jumps."""

import itertools
import random

import pytest

from recorder import words
from recorder.worker.clock import SenderClock
from recorder.worker.intake import Intake
from recorder.worker.pauses import MAX_AHEAD_US
from recorder.worker.segment import ClosedReason

AT_US = 1_700_000_000_000_000
ERROR_PPM = 100


class Sender:
    """A stream whose crystal is `ppm` wrong. Times in s since the begin."""

    def __init__(self, clock_hz: int, ppm: float, base: int) -> None:
        self.clock_hz = clock_hz
        self._rate = 1 + ppm / 1e6
        self._base = base

    def timestamp(self, at_s: float) -> int:
        return (self._base + round(at_s * self._rate * self.clock_hz)) & 0xFFFFFFFF


def test_an_hour_with_clocks_apart_stays_in_step() -> None:
    dice = random.Random(1)
    picture, sound = Sender(90_000, ERROR_PPM / 2, 0xFFFFFF00), Sender(48_000, -ERROR_PPM / 2, 5)
    clocks = (SenderClock(90_000), SenderClock(48_000))
    worst_us = worst_apart_us = 0
    for step in range(36_000):
        at_s = step / 10
        errors = []
        for sender, clock in zip((picture, sound), clocks, strict=True):
            if step % 10 == 0:
                # The relay's report is exact on its clock but for the jitter of where it reads the sender's.
                clock.report(AT_US + round((at_s + dice.gauss(0, 0.001)) * 1e6), sender.timestamp(at_s))
            arrived_us = AT_US + round((at_s + 0.05 + dice.expovariate(50)) * 1e6)
            unix_us = clock.unix_us(sender.timestamp(at_s), arrived_us)
            assert unix_us is not None
            errors.append(unix_us - AT_US - round(at_s * 1e6))
        if step > 200:
            worst_us = max(worst_us, *(abs(error) for error in errors))
            worst_apart_us = max(worst_apart_us, abs(errors[0] - errors[1]))
    assert worst_us <= 3_000
    assert worst_apart_us <= 5_000


@pytest.mark.parametrize("late_s", [0.05, 0.3])
def test_the_first_report_corrects_without_a_jump(late_s: float) -> None:
    sender, clock = Sender(90_000, 0, 0), SenderClock(90_000)
    last = None
    for frame in range(300):
        at_s = frame / 30
        if frame == 30:
            clock.report(AT_US + 1_000_000, sender.timestamp(1.0))
        unix_us = clock.unix_us(sender.timestamp(at_s), AT_US + round((at_s + late_s) * 1e6))
        assert unix_us is not None
        if last is not None:
            assert unix_us - last == pytest.approx(1e6 / 30, rel=0.06)
        last = unix_us
    assert last == pytest.approx(AT_US + 299 / 30 * 1e6, abs=100)


def test_without_reports_the_least_delay_counts() -> None:
    dice = random.Random(2)
    sender, clock = Sender(48_000, ERROR_PPM, 0), SenderClock(48_000)
    for step in range(50 * 600):
        at_s = step / 50
        unix_us = clock.unix_us(sender.timestamp(at_s), AT_US + round((at_s + 0.04 + dice.expovariate(100)) * 1e6))
        assert unix_us is not None
        if step > 2000:
            assert unix_us - AT_US - at_s * 1e6 == pytest.approx(40_000, abs=10_000)


def test_timestamps_wrap() -> None:
    sender, clock = Sender(90_000, 0, 0xFFFFFFFF - 45_000), SenderClock(90_000)
    times = [clock.unix_us(sender.timestamp(at), AT_US + at * 1_000_000) for at in range(4)]
    assert times == [AT_US + at * 1_000_000 for at in range(4)]


@pytest.mark.parametrize("jump_s", [-100, -10, 4, 1000])
def test_a_jump_of_timestamps_is_told(jump_s: float) -> None:
    sender, clock = Sender(90_000, 0, 1 << 31), SenderClock(90_000)
    for at in range(10):
        assert clock.unix_us(sender.timestamp(at), AT_US + at * 1_000_000) is not None
    assert clock.unix_us(sender.timestamp(10 + jump_s), AT_US + 10_000_000) is None
    clock.restart()
    assert clock.unix_us(sender.timestamp(10 + jump_s), AT_US + 10_000_000) == AT_US + 10_000_000


def test_a_pause_is_no_jump() -> None:
    sender, clock = Sender(48_000, 0, 0), SenderClock(48_000)
    assert clock.unix_us(sender.timestamp(0), AT_US) == AT_US
    assert clock.unix_us(sender.timestamp(3000), AT_US + 3_000_000_000) == AT_US + 3_000_000_000


@pytest.mark.parametrize("late_s", [0.1, 0.35])
def test_sound_moves_once_when_the_relay_learns_the_sender_s_clock(late_s: float) -> None:
    """At first the relay reports by the time of arrival; from the sender's own report on it knows when it was said."""
    sender, clock = Sender(48_000, 0, 0), SenderClock(48_000, step_us=60_000)
    errors = []
    for packet in range(500):
        at_s = packet / 50
        if packet % 50 == 0:
            known_s = 0.0 if at_s >= 3 else late_s
            clock.report(AT_US + round((at_s + known_s) * 1e6), sender.timestamp(at_s))
        unix_us = clock.unix_us(sender.timestamp(at_s), AT_US + round((at_s + late_s) * 1e6))
        assert unix_us is not None
        errors.append(unix_us - AT_US - round(at_s * 1e6))
    steps = [after - before for before, after in itertools.pairwise(errors) if abs(after - before) > 2_000]
    assert steps == [pytest.approx(-late_s * 1e6, abs=2)]
    assert abs(errors[-1]) <= 2


class NoCut:
    """A line on which everything lies."""

    def cut(self, reason: ClosedReason, following: words.SegmentReason, gap: words.GapReason) -> None:
        raise AssertionError(f"{reason}, {following}, {gap}")


@pytest.mark.parametrize("stall_ms", [0, 60, 240])
def test_sound_that_waited_in_the_socket_and_has_no_report_is_evenly_spaced(stall_ms: int) -> None:
    """A child that begins slowly reads all that came meanwhile at one moment."""
    sender, times = Sender(48_000, 0, 0xFFFFF000), []

    def deliver(timestamp: int, _marker: bool, _payload: bytes, arrived_us: int) -> None:
        times.append(intake.unix_us(timestamp, arrived_us))

    intake = Intake(48_000, NoCut(), deliver, lambda: None, step_us=MAX_AHEAD_US)
    intake.await_report(300_000)
    for number in range(50):
        came_ms = max(number * 20, stall_ms)
        intake.packet(number, sender.timestamp(number / 50), False, b"x", AT_US + 1000 * came_ms)
    intake.flush()
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [20_000] * 49
    assert times[0] == AT_US
