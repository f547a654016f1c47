"""What is for hosts only: nothing of it is sent to anybody else, by whatever way they watch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conference.model.audience import Audience
from conference.model.events import ParticipantUpdated
from conference.model.ids import Identity, WallId
from conference.model.outgoing import SubscribeOffered
from conference.model.participant import ParticipantKind
from conference.model.roles import Role
from conference.results import Wish
from tests.fakes.hall import Hall, Page, hall, vector
from tests.unit.test_conference_sources import CAMERA, Linked, shown


async def private(h: Hall) -> Linked:
    """A source that only hosts may see, with picture and sound."""
    source = Linked(h)
    await source.link()
    show(h, Audience.HOSTS)
    await source.announce()
    return source


def show(h: Hall, audience: Audience) -> None:
    h.conference.show_source(h.room, CAMERA, name="大坝", shown=shown(), audience=audience)


def offered(page: Page) -> int:
    """How many tracks the newest offer brings."""
    offers = page.all(SubscribeOffered)
    return len(offers[-1].tracks) if offers else 0


async def test_hosts_and_displays_get_it_others_get_nothing() -> None:
    async with hall() as h:
        source = await private(h)
        display = replace(h.grant(Role.VIEWER, identity="w-1", token="w-1"), wall=WallId("w-1"))
        kiosk = Page()
        seats = {
            "kiosk": (await h.conference.join(display, name="大屏", sink=kiosk), kiosk),
            "host": await h.join("主持", Role.HOST, token="j-h"),
            "participant": await h.join("甲", Role.PARTICIPANT, token="j-p"),
            "viewer": await h.join("乙", Role.VIEWER, token="j-v"),
        }
        for seat, _ in seats.values():
            h.conference.wants(seat, [Wish(track=source.video, width=640, height=360)])
        await h.settle()
        assert {name: offered(page) for name, (_, page) in seats.items()} == {
            "kiosk": 2, "host": 2, "participant": 0, "viewer": 0,
        }  # fmt: skip
        for _, page in seats.values():
            (told,) = [p for p in page.room.participants if p.kind is ParticipantKind.SOURCE]
            assert (told.audience, len(told.tracks)) == (Audience.HOSTS, 2)


@pytest.mark.parametrize(("role", "carried"), [(Role.HOST, 2), (Role.PARTICIPANT, 0), (Role.VIEWER, 0)])
async def test_players_too(role: Role, carried: int) -> None:
    async with hall() as h:
        await private(h)
        session = await h.conference.whep(h.grant(role), vector("chrome-whep-recvonly"))
        await h.settle()
        (live,) = h.conference.live_rooms.values()
        down = live.members[session.participant].down
        assert down is not None
        assert len(down.carried) == carried


async def test_it_is_given_and_taken_while_people_watch() -> None:
    async with hall() as h:
        source = await private(h)
        seat, page = await h.join("甲")
        h.conference.wants(seat, [Wish(track=source.video, width=640, height=360)])
        await h.settle()
        assert offered(page) == 0
        show(h, Audience.ALL)
        await h.settle()
        await h.answer(seat, page)
        (live,) = h.conference.live_rooms.values()
        down = live.members[seat.participant].down
        assert down is not None
        assert len(down.carried) == 2
        show(h, Audience.HOSTS)
        await h.settle()
        assert len(down.carried) == 0
        assert page.last(ParticipantUpdated).participant.audience is Audience.HOSTS


async def test_what_a_person_publishes_is_for_all() -> None:
    async with hall() as h:
        seat, page = await h.join("甲")
        assert page.room.participants[0].audience is Audience.ALL
        assert page.room.participants[0].identity == Identity("")
        assert not page.room.participants[0].sees_all
        assert seat.role is Role.PARTICIPANT
