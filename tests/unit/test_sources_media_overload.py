"""An encoder that is too slow costs pictures, never delay."""

import itertools

from conference.sources import words
from conference.sources.worker.media.transcode import Budget
from conference.sources.worker.media.units import VideoFormat
from tests.fakes.source_made import coded, decoded
from tests.fakes.source_media import Rig
from tests.fakes.source_received import h264


class SlowWork:
    """Each reading is `cost_s` after the one before: as if each piece of work took that long."""

    def __init__(self, cost_s: float) -> None:
        self._cost_s = cost_s
        self._now_s = 0.0

    def __call__(self) -> float:
        self._now_s += self._cost_s
        return self._now_s


def run(cost_s: float) -> tuple[int, list[int]]:
    units = coded("testsrc2=s=320x240:r=25:d=6", "mjpeg", pix_fmt="yuvj420p")
    with Rig(timer=SlowWork(cost_s)) as rig:
        rig.pipeline.video_format(VideoFormat("mjpeg"))
        rig.need(video=True)
        rig.video(units)
        received = h264(rig.of(words.VIDEO_PT))
        assert len(decoded("h264", [(frame.timestamp, frame.data) for frame in received])) == len(received)
        times = [frame.timestamp for frame in received]
        return len(received), [(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(times)]


def test_fast_enough_work_shows_every_picture() -> None:
    count, steps = run(0.030)
    assert count == 150
    assert set(steps) == {3600}


def test_slow_work_leaves_pictures_out() -> None:
    # Here every piece of work costs 60 ms, encoded or not, for 40 ms of media.
    count, _ = run(0.060)
    assert 5 <= count < 100


def test_the_budget_knows_late_from_lost() -> None:
    budget = Budget()
    budget.cost(0.1)
    assert not budget.late
    budget.cost(0.1)
    assert budget.late
    assert not budget.lost
    budget.cost(1.0)
    assert budget.lost
    budget.passed(1.1)
    assert not budget.late
    budget.passed(5.0)
    assert budget.behind_s == 0
