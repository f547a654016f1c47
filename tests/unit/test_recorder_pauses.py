"""A sound file has as much sound as time, whatever came and whatever the sender's clock does."""

import pytest

from recorder.worker.formats.opus import duration_us
from recorder.worker.pauses import Pauses

BEGUN_US = 1_700_000_000_000_000
SILK_20_MS = bytes([0x48, 1, 2, 3])
CELT_10_MS_STEREO = bytes([0xF4, 1, 2, 3])


def after(packet: bytes, us: int, hole_us: int) -> list[tuple[int, bytes]] | None:
    """What is written in a hole of this length behind one packet."""
    pauses = Pauses(BEGUN_US)
    pauses.wrote(packet, us)
    return pauses.before(BEGUN_US + us + hole_us)


@pytest.mark.parametrize("hole_us", [-60_000, -1000, 0, 14_000])
def test_what_follows_closely_follows(hole_us: int) -> None:
    assert after(SILK_20_MS, 20_000, hole_us) == []


@pytest.mark.parametrize(("hole_us", "count"), [(18_000, 1), (20_000, 1), (39_000, 2), (60_000, 3)])
def test_a_short_hole_is_concealed_by_the_decoder(hole_us: int, count: int) -> None:
    filled = after(SILK_20_MS, 20_000, hole_us)
    assert filled == [(BEGUN_US + 20_000 * (number + 1), b"\x48") for number in range(count)]


def test_concealment_lasts_as_the_packet_before_it() -> None:
    filled = after(CELT_10_MS_STEREO, 10_000, 30_000)
    assert filled == [(BEGUN_US + 10_000 * (number + 1), b"\xf4") for number in range(3)]


@pytest.mark.parametrize("packet", [SILK_20_MS, CELT_10_MS_STEREO, bytes([0x4B, 2, 1, 2, 3])])
def test_a_longer_hole_is_silence_of_its_length(packet: bytes) -> None:
    us = duration_us(packet)
    assert us is not None
    filled = after(packet, us, 5_000_000)
    assert filled is not None
    assert len(filled) == 250
    assert [duration_us(one) for _, one in filled] == [20_000] * 250
    assert {one[1:] for _, one in filled} == {b"\xff\xfe"}
    assert {one[0] & 4 for _, one in filled} == {packet[0] & 4}
    assert filled[0][0] == BEGUN_US + us
    assert filled[-1][0] == BEGUN_US + us + 249 * 20_000


@pytest.mark.parametrize("hole_us", [-61_000, 60_001_000])
def test_far_away_another_file_begins(hole_us: int) -> None:
    assert after(SILK_20_MS, 20_000, hole_us) is None


@pytest.mark.parametrize("ppm", [-100, -20, 20, 100])
def test_the_senders_clock_may_be_wrong(ppm: int) -> None:
    """An hour of sound: more or fewer packets than its time needs."""
    step_us = 20_000 * (1 + ppm / 1e6)
    pauses, played_us, begun_us, files = Pauses(BEGUN_US), 0, BEGUN_US, 1
    for number in range(180_000):
        at_us = BEGUN_US + round(number * step_us)
        filled = pauses.before(at_us)
        if filled is None:
            pauses, played_us, begun_us, files = Pauses(at_us), 0, at_us, files + 1
        else:
            played_us += len(filled) * 20_000
        assert -60_000 <= at_us - begun_us - played_us < 20_000
        pauses.wrote(SILK_20_MS, 20_000)
        played_us += 20_000
    assert files == {-100: 6, -20: 2, 20: 1, 100: 1}[ppm]
