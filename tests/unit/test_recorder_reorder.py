"""The order of packets: as sent, whatever the way did; holes given up in time; new numberings noticed."""

import random

from recorder.worker.reorder import MAX_WAIT_US, Reorder


class Sink:
    def __init__(self) -> None:
        self.got: list[int | str] = []
        self.reorder = Reorder(self._deliver, self._lost, lambda: self.got.append("restart"))

    def push(self, seq: int, now_us: int = 0) -> None:
        self.reorder.push(seq & 0xFFFF, 0, False, (seq & 0xFFFF).to_bytes(2, "big"), now_us)

    def _deliver(self, _timestamp: int, _marker: bool, payload: bytes, _arrived_us: int) -> None:
        self.got.append(int.from_bytes(payload, "big"))

    def _lost(self, count: int) -> None:
        self.got.append(f"lost {count}")


def test_shuffled_packets_come_out_in_order_over_the_wrap() -> None:
    sink, dice = Sink(), random.Random(3)
    sent = list(range(65_000, 65_000 + 3000))
    sink.push(sent[0])
    rest = sent[1:]
    for at in range(0, len(rest), 50):
        piece = rest[at : at + 50]
        dice.shuffle(piece)
        for seq in piece + piece[:5]:
            sink.push(seq)
    assert sink.got == [seq & 0xFFFF for seq in sent]


def test_a_hole_is_given_up_after_half_a_second() -> None:
    sink = Sink()
    for seq in (1, 2, 5, 6):
        sink.push(seq, 1000 * seq)
    sink.reorder.tick(5000 + MAX_WAIT_US - 1)
    assert sink.got == [1, 2]
    sink.reorder.tick(5000 + MAX_WAIT_US)
    assert sink.got == [1, 2, "lost 2", 5, 6]
    sink.push(4)
    sink.push(7)
    assert sink.got[-1] == 7


def test_each_hole_has_its_own_time() -> None:
    sink = Sink()
    for seq, at_us in ((1, 0), (3, 1000), (5, 400_000)):
        sink.push(seq, at_us)
    sink.reorder.tick(1000 + MAX_WAIT_US)
    assert sink.got == [1, "lost 1", 3]
    sink.push(4, 600_000)
    assert sink.got == [1, "lost 1", 3, 4, 5]


def test_what_waits_is_bounded() -> None:
    sink = Sink()
    sink.push(0)
    for seq in range(2, 2 + 2049):
        sink.push(seq)
    assert sink.got[:3] == [0, "lost 1", 2]
    assert sink.got[-1] == 2050


def test_a_stray_is_no_new_numbering_but_two_in_a_row_are() -> None:
    sink = Sink()
    for seq in (10, 11, 40_000, 12, 13, 50_000, 50_001, 50_002):
        sink.push(seq)
    assert sink.got == [10, 11, 12, 13, "restart", 50_000, 50_001, 50_002]


def test_nothing_goes_wrong_with_any_numbers() -> None:
    sink, dice = Sink(), random.Random(5)
    for step in range(50_000):
        sink.push(dice.randrange(65_536) if step % 3 else step)
        sink.reorder.tick(step * 1000)
    assert len(sink.got) > 100
