"""The send queue against its rules, for any order of puts and takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signaling.outbox import Frame, Kind, Outbox

LIMIT = 100
frames = st.builds(Frame, st.sampled_from(Kind), st.binary(min_size=1, max_size=60))
steps = st.lists(frames | st.just("take") | st.just("resync"), max_size=80)


@given(steps)
def test_bounded_in_order_and_nothing_of_value_lost_in_silence(todo: list[Frame | str]) -> None:
    box = Outbox(LIMIT)
    put: list[Frame] = []
    taken: list[Frame] = []
    resyncs = 0
    for step in todo:
        if isinstance(step, Frame):
            if box.overflowed:
                continue  # the session ends here
            put.append(step)
            box.put(step)
        elif step == "take" and (frame := box.next()) is not None:
            taken.append(frame)
        elif step == "resync":
            resyncs += box.take_resync()
        assert box.waiting_bytes <= LIMIT
    while (frame := box.next()) is not None:
        taken.append(frame)
    assert box.waiting_bytes == 0
    positions = iter(put)
    assert all(any(frame is other for other in positions) for frame in taken), "order kept, nothing made up"
    if not box.overflowed:
        assert [f for f in taken if f.kind is Kind.REPLY] == [f for f in put if f.kind is Kind.REPLY]
        lost_state = sum(f.kind is Kind.STATE for f in put) - sum(f.kind is Kind.STATE for f in taken)
        assert lost_state == 0 or resyncs or box.take_resync()
        assert box.dropped == len(put) - len(taken)


def test_a_frame_larger_than_the_limit_passes_when_nothing_waits() -> None:
    box = Outbox(LIMIT)
    welcome = Frame(Kind.STATE, b"x" * 500)
    box.put(welcome)
    assert box.next() is welcome


def test_full_of_state_drops_it_all_once_and_asks_for_a_resync() -> None:
    box = Outbox(LIMIT)
    reply = Frame(Kind.REPLY, b"r" * 10)
    box.put(reply)
    for _ in range(9):
        box.put(Frame(Kind.STATE, b"s" * 10))
    box.put(Frame(Kind.STATE, b"t" * 10))
    assert box.dropped == 10
    assert box.next() is reply
    assert box.next() is None
    assert box.take_resync()
    assert not box.take_resync()


def test_replies_that_do_not_fit_give_the_peer_up() -> None:
    box = Outbox(LIMIT)
    box.put(Frame(Kind.REPLY, b"r" * 60))
    box.put(Frame(Kind.REPLY, b"r" * 60))
    assert box.overflowed


def test_a_flood_of_pings_only_loses_pongs() -> None:
    box = Outbox(LIMIT)
    for _ in range(50):
        box.put(Frame(Kind.PONG, b"p" * 60))
    assert not box.overflowed
    assert not box.take_resync()
