"""Readiness asks each part, bounded in time and rate; liveness only the loop's own heart."""

from __future__ import annotations

import asyncio

import pytest

from signaling import readiness
from signaling.metrics import EdgeMetrics, LoopHeart
from signaling.readiness import Readiness


class Part:
    def __init__(self) -> None:
        self.asked = 0
        self.fault: Exception | None = None

    async def check(self) -> None:
        self.asked += 1
        if self.fault is not None:
            raise self.fault


async def test_each_part_is_told_apart_and_reasons_go_to_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 0.0
    database, disk = Part(), Part()
    ready = Readiness({"database": database.check, "disk": disk.check}, lambda: now_s)
    assert await ready.parts() == {"database": True, "disk": True}
    database.fault = OSError("no route to db-host")
    for _ in range(3):
        now_s += 2
        assert await ready.parts() == {"database": False, "disk": True}
    assert caplog.text.count("no route to db-host") == 1


async def test_an_answer_is_kept_for_a_second() -> None:
    now_s = 0.0
    part = Part()
    ready = Readiness({"database": part.check}, lambda: now_s)
    await asyncio.gather(*(ready.parts() for _ in range(20)))
    assert part.asked == 1
    now_s = 1.5
    await ready.parts()
    assert part.asked == 2


async def test_a_part_that_hangs_is_degraded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "CHECK_TIMEOUT_S", 0.01)

    async def hang() -> None:
        await asyncio.Event().wait()

    assert await Readiness({"database": hang}).parts() == {"database": False}


def test_the_heart_remembers_the_worst_lateness_of_ten_seconds() -> None:
    now_s = 0.0
    metrics = EdgeMetrics()
    heart = LoopHeart(metrics, lambda: now_s)
    lags = []
    for second, late_s in enumerate([0.0, 0.5, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]):
        now_s = float(second)
        heart.beat(late_s=late_s)
        lags.append(metrics.registry.get_sample_value("huishang_loop_lag_seconds"))
    assert lags[:3] == [0.0, 0.5, 0.5]
    assert lags[11] == 0.1
    assert lags[13] == 0.0
    now_s += 7
    assert heart.silent_s() == 7


async def test_a_blocked_loop_is_seen() -> None:
    metrics = EdgeMetrics()
    now_s = 0.0
    heart = LoopHeart(metrics, lambda: now_s)
    beating = asyncio.create_task(heart.run())
    await asyncio.sleep(0)
    now_s = 3.0  # the beat was due at 0.25
    while not metrics.registry.get_sample_value("huishang_loop_lag_seconds"):  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.01)
    assert metrics.registry.get_sample_value("huishang_loop_lag_seconds") == pytest.approx(2.75)
    beating.cancel()
