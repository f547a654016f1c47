"""The ladder under load: which step, when, and how often back."""

from itertools import pairwise

from recorder.film.overload import LADDER, Change, Overload


def run(overload: Overload, seconds: float, load: float) -> list[tuple[float, Change]]:
    """Ticks at the step's own rate; times of the changes."""
    now, changes = 0.0, []
    while now < seconds:
        period = 1 / overload.step.fps
        now += period
        change = overload.tick(work_s=load * period, period_s=period)
        if change is not None:
            changes.append((now, change))
    return changes


def test_half_the_time_is_no_overload() -> None:
    assert run(Overload(), 120, 0.6) == []


def test_fewer_pictures_first_then_a_cheaper_preset_then_nothing_is_left() -> None:
    overload = Overload()
    changes = run(overload, 30, 1.5)
    assert [(change.now.fps, change.now.preset) for _, change in changes] == [(15, "superfast"), (15, "ultrafast")]
    assert all(change.reason == "overload" and change.load > 0.9 for _, change in changes)
    assert 2.0 <= changes[0][0] <= 4.0
    assert changes[1][0] - changes[0][0] >= 2.0
    assert overload.step == LADDER[-1]


def test_one_slow_second_is_forgiven() -> None:
    overload = Overload()
    assert run(overload, 1.0, 1.6) == []
    assert run(overload, 10.0, 0.5) == []


def test_it_comes_back_after_half_a_minute_of_ease() -> None:
    overload = Overload()
    run(overload, 6, 1.5)
    changes = run(overload, 40, 0.2)
    assert [change.reason for _, change in changes] == ["recovered"]
    assert 30 <= changes[0][0] <= 33


def test_a_way_up_that_does_not_hold_is_tried_less_and_less_often() -> None:
    overload = Overload(LADDER[:2])
    run(overload, 6, 1.5)
    waits = []
    for _ in range(7):
        waits.append(run(overload, 500, 0.2)[0][0])
        assert overload.step == LADDER[0]
        run(overload, 6, 1.5)
        assert overload.step == LADDER[1]
    assert all(later >= earlier - 1 for earlier, later in pairwise(waits))
    assert waits[1] > waits[0] * 1.8
    assert max(waits) <= Overload.MAX_UP_AFTER_S + 5
