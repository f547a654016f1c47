"""Keys and tokens, without a server around them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.model.errors import TokenInvalid
from conference.model.ids import Identity, RoomId
from conference.model.roles import Role
from signaling.auth import MAX_TTL_S, AdminKey, SecretTooShort, TokenAuthority, bearer
from signaling.errors import AdminKeyInvalid
from tests.fakes.edge import SECRET, MemoryTokens


def authority() -> TokenAuthority:
    return TokenAuthority(SECRET, revoked=MemoryTokens())


async def test_what_is_issued_is_granted() -> None:
    issued = authority().issue(
        RoomId("r"), Role.HOST, identity=Identity("unit-7"), name="张主任", ttl_s=60, now_s=time.time()
    )
    grant = await authority().verify(issued.token)
    assert (grant.room, grant.role, grant.identity, grant.name) == ("r", Role.HOST, "unit-7", "张主任")
    assert grant.token_id == issued.record.id
    assert grant.expires_at_s == issued.record.expires_at_s
    assert issued.token not in repr(issued.record)


async def test_leeway_is_given_and_no_more() -> None:
    now_s = time.time()
    inside = authority().issue(RoomId("r"), Role.VIEWER, identity=None, name="", ttl_s=60, now_s=now_s - 80)
    assert (await authority().verify(inside.token)).role is Role.VIEWER
    outside = authority().issue(RoomId("r"), Role.VIEWER, identity=None, name="", ttl_s=60, now_s=now_s - 100)
    with pytest.raises(Exception, match="token-expired"):
        await authority().verify(outside.token)


def test_ids_are_fresh() -> None:
    ids = {
        authority().issue(RoomId("r"), Role.HOST, identity=None, name="", ttl_s=60, now_s=0).record.id
        for _ in range(100)
    }
    assert len(ids) == 100


@pytest.mark.parametrize("ttl_s", [0, -1, MAX_TTL_S + 1])
def test_no_token_lives_longer_than_twelve_hours(ttl_s: int) -> None:
    with pytest.raises(ValueError, match="ttl_s"):
        authority().issue(RoomId("r"), Role.HOST, identity=None, name="", ttl_s=ttl_s, now_s=0)


def test_short_secrets_are_refused() -> None:
    with pytest.raises(SecretTooShort):
        TokenAuthority(b"x" * 31, revoked=MemoryTokens())
    with pytest.raises(SecretTooShort):
        AdminKey("x" * 31)


@given(st.text(max_size=100))
async def test_any_text_is_no_token(text: str) -> None:
    with pytest.raises(TokenInvalid):
        await authority().verify(text)


@given(st.data())
async def test_any_edit_of_a_token_spoils_it(data: st.DataObject) -> None:
    token = authority().issue(RoomId("r"), Role.VIEWER, identity=None, name="", ttl_s=60, now_s=time.time()).token
    at = data.draw(st.integers(0, len(token) - 1))
    char = data.draw(st.sampled_from("Aa09-_.= \n").filter(lambda c: c != token[at]))
    with pytest.raises(TokenInvalid):
        await authority().verify(token[:at] + char + token[at + 1 :])


@given(st.text(max_size=80))
def test_only_the_key_is_the_key(given_key: str) -> None:
    key = AdminKey("k" * 40)
    key.check("k" * 40)
    with pytest.raises(AdminKeyInvalid):
        key.check(given_key)


@pytest.mark.parametrize(
    ("headers", "credentials"),
    [
        ([], None),
        (["Bearer abc"], "abc"),
        (["bearer  abc "], "abc"),
        (["BEARER abc"], "abc"),
        (["Basic abc"], None),
        (["Bearer"], None),
        (["Bearer "], None),
        (["Bearer a", "Bearer a"], None),
        (["Bearer " + "x" * 5000], None),
    ],
)
def test_bearer(headers: list[str], credentials: str | None) -> None:
    assert bearer(headers) == credentials
