"""The judge of a wall's long run: what grows is named, what only swings is not."""

import random

import pytest

from benchmarks._kiosk_fit import FLAT, Growth, judged, longest_life, slope

MINUTES = 120
CALM = {
    "heap_kib": 4_000.0,
    "renderer_own_kib": 60_000.0,
    "browser_own_kib": 400_000.0,
    "server_own_kib": 140_000.0,
    "server_fds": 70.0,
    "server_threads": 14.0,
    **dict.fromkeys(FLAT, 16.0),
}


def samples(life_of: dict[int, float] | None = None, **per_minute: float) -> list[dict[str, float]]:
    """Two hours, each quantity swinging by 1 % at most and growing by so much a minute."""
    chance = random.Random(1)
    return [
        {
            "minute": float(minute),
            "life": (life_of or {}).get(minute // 10, 1.0),
            **{
                name: value * (1 + 0.01 * chance.uniform(-1, 1)) + per_minute.get(name, 0.0) * minute
                for name, value in CALM.items()
            },
        }
        for minute in range(MINUTES + 1)
    ]


def test_what_only_swings_does_not_grow() -> None:
    row, grows = judged(samples())
    assert grows == []
    assert row["nodes_worst"] == pytest.approx(16, abs=0.2)


@pytest.mark.parametrize(
    ("name", "per_minute"),
    [
        ("heap_kib", 40.0),
        ("nodes", 2.0),
        ("streams", 1.4),
        ("renderer_own_kib", 100.0),
        ("server_fds", 0.2),
        ("server_own_kib", 250.0),
    ],
)
def test_what_grows_is_named_and_nothing_else(name: str, per_minute: float) -> None:
    row, grows = judged(samples(**{name: per_minute}))
    assert grows == [name]
    assert row[f"{name}_per_hour"] == pytest.approx(per_minute * 60, rel=0.3)


def test_one_wild_value_in_four_does_not_move_the_slope() -> None:
    times = [minute / 60 for minute in range(60)]
    values = [100 + 6 * time + (1000 if at % 4 == 0 else 0) for at, time in enumerate(times)]
    assert slope(times, values) == pytest.approx(6, abs=2)


def test_the_server_is_judged_over_its_longest_life_without_the_first_quarter() -> None:
    lives = {tens: float(tens if tens < 4 else 4) for tens in range(13)}
    judging = longest_life(samples(lives))
    assert {one["life"] for one in judging} == {4.0}
    assert (judging[0]["minute"], judging[-1]["minute"]) == (60.0, 120.0)


def test_a_short_run_may_swing_by_what_an_hour_may_bring() -> None:
    minute = [{"minute": at / 6, "heap_kib": 4_000.0 + 50.0 * at} for at in range(7)]
    assert Growth(minute, "heap_kib").per_hour == pytest.approx(18_000)
    assert Growth(minute, "heap_kib").within(1024)
