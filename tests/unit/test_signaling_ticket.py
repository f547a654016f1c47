"""Tickets: who may see the bytes of which recording until when, and nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.model.ids import RecordingId
from signaling.auth import TokenAuthority
from signaling.errors import TicketInvalid
from signaling.recordings.tickets import PURPOSE, TICKET_TTL_S, Tickets
from tests.fakes.edge import SECRET, MemoryTokens
from tests.fakes.library import OTHER_RECORDING, RECORDING

NOW_S = 1_763_786_400.25
AUTHORITY = TokenAuthority(SECRET, revoked=MemoryTokens())
TICKETS = Tickets(AUTHORITY.derived_key(PURPOSE))


def refused(given_: str, recording: str = RECORDING, now_s: float = NOW_S) -> bool:
    try:
        TICKETS.check(given_, recording, now_s)
    except TicketInvalid:
        return True
    return False


def test_a_ticket_lives_five_minutes() -> None:
    issued = TICKETS.issue(RECORDING, NOW_S)
    assert issued.expires_at_s - NOW_S <= 300
    assert not refused(issued.text)
    assert not refused(issued.text, now_s=NOW_S + 299)
    assert refused(issued.text, now_s=NOW_S + 300)
    assert refused(issued.text, now_s=NOW_S + 10**6)


def test_one_from_the_future_is_refused() -> None:
    assert refused(TICKETS.issue(RECORDING, NOW_S + TICKET_TTL_S + 5).text)


def test_it_is_for_one_recording() -> None:
    ticket = TICKETS.issue(RECORDING, NOW_S).text
    for other in (OTHER_RECORDING, "", "..", RECORDING + "0", RECORDING.upper(), f"{RECORDING}\n{ticket[:10]}"):
        assert refused(ticket, other)


def test_another_server_and_another_purpose_have_other_keys() -> None:
    other_server = TokenAuthority(SECRET + b"x", revoked=MemoryTokens()).derived_key(PURPOSE)
    other_purpose = AUTHORITY.derived_key(PURPOSE + b"x")
    assert len({other_server, other_purpose, AUTHORITY.derived_key(PURPOSE), SECRET}) == 4
    for key in (other_server, other_purpose, SECRET, b"", bytes(32)):
        assert refused(Tickets(key).issue(RECORDING, NOW_S).text)


def test_it_is_a_keyed_hash_of_the_recording_and_its_end() -> None:
    issued = TICKETS.issue(RecordingId("rec-0000000000000001"), NOW_S)
    end, _, mac = issued.text.partition(".")
    said = f"rec-0000000000000001\n{end}".encode()
    wanted = hmac.new(AUTHORITY.derived_key(PURPOSE), said, hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(mac + "=") == wanted
    assert int(end) == issued.expires_at_s


def test_it_is_not_shown() -> None:
    issued = TICKETS.issue(RECORDING, NOW_S)
    assert issued.text not in repr(issued)


def test_every_other_spelling_is_refused() -> None:
    good = TICKETS.issue(RECORDING, NOW_S).text
    end, _, mac = good.partition(".")
    last = mac[-1]
    sibling = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same_bytes = sibling[(sibling.index(last) & ~3) | ((sibling.index(last) + 1) & 3)]
    forged = [
        "", ".", end, mac, f".{mac}", f"{end}.", f"0{good}", f" {good}", f"{good} ", f"{good}\n", f"{good}=",
        f"{good}.", f"{int(end) + 1}.{mac}", f"{int(end) - 1}.{mac}", f"+{good}", f"{end}.{mac[:-1]}{same_bytes}",
        f"{end}.{mac.swapcase()}",
        f"{end}.{'A' * 43}", "９" + good[1:], good + "\x00", "\udc80" * 54, "9" * 5000, f"{10**18}.{mac}", f"-{good}",
    ]  # fmt: skip
    assert [one for one in forged if not refused(one)] == []


@given(place=st.integers(0, 53), bit=st.integers(0, 6))
def test_any_changed_bit_is_refused(place: int, bit: int) -> None:
    good = TICKETS.issue(RECORDING, NOW_S).text
    assert refused(good[:place] + chr(ord(good[place]) ^ (1 << bit)) + good[place + 1 :])


@given(st.text(max_size=80))
def test_no_text_is_a_surprise(text: str) -> None:
    assert refused(text, text)


def test_refusals_tell_nothing() -> None:
    with pytest.raises(TicketInvalid) as error:
        TICKETS.check("1.2", RECORDING, NOW_S)
    assert str(error.value) == "ticket-invalid"
