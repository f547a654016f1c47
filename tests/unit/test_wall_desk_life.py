"""Walls while people come and go and time goes on: polls, restarts, alarms, the shared layout."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conference.model.errors import (
    AlarmNotFound,
    ContentRefused,
    TooManyAlarms,
    WallNotFound,
)
from conference.model.ids import AlarmId, GroupId, Identity
from conference.model.outgoing import LayoutShared, WallShown
from conference.model.wall import NOTHING, Content, ContentKind, PaneState, WallView
from conference.seats import Seat
from conference.wall_alarms import MAX_ALARMS
from conference.walls import edits
from conference.walls.acts import ADMINISTRATOR
from tests.fakes.control import BY, OTHER, control, seen, shown
from tests.fakes.hall import Page
from tests.fakes.walls import MemoryWalls, board, group, of_group, shows

# ---- people come and go, time goes on -------------------------------------------------------------------------------


async def test_panes_follow_people_through_leaving_and_coming_back() -> None:
    async with control() as c:
        wall, token = await c.pair()
        _, kiosk = await c.kiosk(token)
        host, _ = await c.console()
        await c.edit(host, wall, edits.Place(0, shows("u-9")))
        assert (seen(kiosk).panes[0].state, seen(kiosk).panes[0].name) == (PaneState.ABSENT, "u-9")
        seat, _ = await c.hall.join("张三", identity="u-9")
        await c.hall.publish(seat)
        await c.settle()
        assert (seen(kiosk).panes[0].state, shown(kiosk)[0]) == (PaneState.SHOWN, seat.participant)
        await c.hall.conference.leave(seat)
        await c.settle()
        assert (seen(kiosk).panes[0].state, seen(kiosk).panes[0].name) == (PaneState.ABSENT, "张三")
        again, _ = await c.hall.join("张三", identity="u-9")
        await c.settle()
        assert (seen(kiosk).panes[0].state, shown(kiosk)[0]) == (PaneState.NO_VIDEO, again.participant)


async def test_a_poll_turns_by_itself_and_nothing_else_is_told() -> None:
    async with control() as c:
        wall, token = await c.pair()
        _, kiosk = await c.kiosk(token)
        host, _ = await c.console()
        of = board(of_group(), NOTHING, NOTHING, NOTHING, groups=(group("a", "b", "c", every_s=5, skip_absent=False),))
        await c.edit(host, wall, edits.SetBoard(of))
        told = len(kiosk.all(WallShown))
        names = [seen(kiosk).panes[0].name]
        for _ in range(3):
            c.hall.clock.now_s += 4.9
            c.desk._turn()
            assert len(kiosk.all(WallShown)) == told
            c.hall.clock.now_s += 0.1
            c.desk._turn()
            told += 1
            assert len(kiosk.all(WallShown)) == told
            names.append(seen(kiosk).panes[0].name)
        assert names == ["a", "b", "c", "a"]
        await c.edit(host, wall, edits.TurnGroup(GroupId("g"), edits.Turn.PAUSE))
        assert c.desk._timer is None
        await c.edit(host, wall, edits.TurnGroup(GroupId("g"), edits.Turn.NEXT))
        await c.edit(host, wall, edits.PinPane(0, True))
        assert (seen(kiosk).panes[0].name, seen(kiosk).panes[0].pinned) == ("b", True)


async def test_a_restart_brings_everything_back() -> None:
    store = MemoryWalls()
    async with control(store) as c:
        wall, token = await c.pair()
        host, _ = await c.console()
        of = board(of_group(), shows("x"), NOTHING, NOTHING, groups=(group("a", "b", "c", skip_absent=False),))
        await c.edit(host, wall, edits.SetBoard(of))
        await c.edit(host, wall, edits.TurnGroup(GroupId("g"), edits.Turn.NEXT))
        await c.edit(host, wall, edits.SetSound(False, Identity("x")))
        await c.edit(host, wall, edits.TakeOver())
        await c.edit(host, wall, edits.Share(True))
        await c.desk.raise_alarm(c.hall.room, Identity("gate"), "水位", by=BY)
    async with control(store) as c:
        _, kiosk = await c.kiosk(token)
        view = seen(kiosk)
        assert [pane.name for pane in view.panes[1:2]] == ["x"]
        assert (view.panes[0].alarm is not None, view.rotations[0].step) == (True, 1)
        assert (view.wall.sound.muted, view.sharing, view.wall.version) == (False, True, 6)
        await c.desk.clear_alarm(c.hall.room, view.alarms[0].id, by=BY)
        await c.settle()
        assert seen(kiosk).panes[0].name == "b"


async def test_walls_of_an_older_list_of_pages_lose_those() -> None:
    store = MemoryWalls()
    async with control(store) as c:
        wall, token = await c.pair()
        record = store.records[wall]
        web = replace(NOTHING, kind=edits.ContentKind.WEB, url="https://old.example.org/")
        store.records[wall] = replace(record, wall=replace(record.wall, board=board(web, shows("a"), NOTHING, NOTHING)))
    async with control(store) as c:
        _, kiosk = await c.kiosk(token)
        assert [pane.state for pane in seen(kiosk).panes[:2]] == [PaneState.EMPTY, PaneState.ABSENT]


# ---- alarms, the shared layout, those who follow --------------------------------------------------------------------


async def test_an_alarm_comes_and_goes() -> None:
    async with control() as c:
        wall, token = await c.pair()
        _, kiosk = await c.kiosk(token)
        host, _ = await c.console()
        await c.edit(host, wall, edits.Place(0, shows("a")))
        alarm = await c.desk.raise_alarm(c.hall.room, Identity("gate"), "水位", by=BY)
        await c.settle()
        assert (seen(kiosk).panes[0].name, seen(kiosk).panes[0].alarm) == ("gate", alarm.id)
        assert await c.desk.raise_alarm(c.hall.room, Identity("gate"), "水位", by=BY) == alarm
        with pytest.raises(AlarmNotFound):
            await c.desk.clear_alarm(OTHER, alarm.id, by=BY)
        await c.desk.clear_alarms([c.hall.room], Identity("gate"), by=BY)
        await c.settle()
        assert (seen(kiosk).panes[0].name, seen(kiosk).panes[0].alarm) == ("a", None)
        for attempt in (
            c.desk.clear_alarm(c.hall.room, alarm.id, by=BY),
            c.desk.clear_alarm(c.hall.room, AlarmId("al-none"), by=BY),
            c.desk.clear_alarms([c.hall.room], Identity("gate"), by=BY),
        ):
            with pytest.raises(AlarmNotFound):
                await attempt
        assert c.verbs()[-2:] == ["alarm", "alarm-clear"]


async def test_alarms_are_bounded_and_one_that_cannot_be_kept_is_none() -> None:
    async with control() as c:
        c.store.fault = OSError("disk")
        with pytest.raises(OSError, match="disk"):
            await c.desk.raise_alarm(c.hall.room, Identity("gate"), "", by=BY)
        assert list(c.desk.alarms.of(c.hall.room)) == []
        for identity in ("", "x" * 129):
            with pytest.raises(ContentRefused):
                await c.desk.raise_alarm(c.hall.room, Identity(identity), "", by=BY)
        for number in range(MAX_ALARMS):
            await c.desk.raise_alarm(c.hall.room, Identity(f"gate-{number}"), "", by=BY)
        with pytest.raises(TooManyAlarms):
            await c.desk.raise_alarm(c.hall.room, Identity("one more"), "", by=BY)


async def test_push_to_all_and_back() -> None:
    async with control() as c:
        wall, token = await c.pair()
        other, _ = await c.pair("大屏二")
        _, kiosk = await c.kiosk(token)
        host, console = await c.console()
        _, guest = await c.hall.join("乙")
        await c.edit(host, wall, edits.Place(0, shows("调度")))
        await c.edit(host, wall, edits.Share(True))
        assert guest.last(LayoutShared).by == "调度"
        assert [pane.name for pane in guest.last(LayoutShared).panes or ()] == ["调度", "", "", ""]
        shared = next(message.view for message in reversed(console.all(WallShown)) if message.view.wall.id == wall)
        assert shared.sharing
        _, late = await c.hall.join("丙")
        assert late.last(LayoutShared) == guest.last(LayoutShared)
        assert kiosk.all(LayoutShared) == []
        await c.edit(host, other, edits.Share(True))
        sharing = {paired.record.wall.id: paired.record.shared_by for paired in c.desk.list(c.hall.room)}
        assert sharing == {wall: None, other: "调度"}
        assert c.store.records[wall].shared_by is None
        await c.edit(host, other, edits.Share(False))
        for page in (guest, late, console):
            assert page.last(LayoutShared).panes is None
        _, calm = await c.hall.join("丁")
        assert calm.all(LayoutShared) == []


async def test_a_wall_is_followed_until_it_is_revoked() -> None:
    async with control() as c:
        wall, _ = await c.pair()
        host, _ = await c.console()
        views: list[WallView] = []
        unfollow = c.desk.follow(c.hall.room, wall, views.append)
        await c.edit(host, wall, edits.SetTemplate("grid-9"))
        assert [len(view.panes) for view in views] == [4, 9]
        unfollow()
        unfollow()
        await c.edit(host, wall, edits.SetTemplate("grid-1"))
        assert len(views) == 2
        c.desk.follow(c.hall.room, wall, views.append)
        await c.desk.revoke(c.hall.room, wall, by=BY)
        assert [len(view.panes) for view in views[2:]] == [1, 0]
        with pytest.raises(WallNotFound):
            c.desk.follow(c.hall.room, wall, views.append)


async def test_a_lost_socket_and_a_full_queue_bring_the_wall_again() -> None:
    async with control() as c:
        wall, token = await c.pair()
        seat, old = await c.kiosk(token)
        host, console = await c.console()
        c.hall.conference.detach(seat, old)
        await c.settle()
        assert not seen(console).online
        fresh = Page()
        resumed: Any = await c.hall.conference.resume(
            seat.resume_token, c.desk.grant(token), media_alive=True, sink=fresh
        )
        await c.settle()
        assert resumed is seat
        assert (seen(fresh).wall.id, seen(console).online) == (wall, True)
        before = len(console.all(WallShown))
        c.hall.conference.resync(host)
        assert len(console.all(WallShown)) == before + 1


async def test_a_room_that_is_closed_takes_its_kiosk_offline() -> None:
    async with control() as c:
        wall, token = await c.pair()
        _, kiosk = await c.kiosk(token)
        await c.hall.conference.delete_room(c.hall.room)
        await c.settle()
        assert kiosk.ended is not None
        assert kiosk.ended[0].code == "room-closed"
        assert [paired.online for paired in c.desk.list(c.hall.room)] == [False]
        await c.desk.move(c.hall.room, wall, OTHER, by=ADMINISTRATOR)
        _, again = await c.kiosk(token)
        assert seen(again).online


async def test_who_was_here_is_still_called_so_after_a_restart() -> None:
    store = MemoryWalls()
    async with control(store) as c:
        wall, token = await c.pair()
        host, _ = await c.console()
        seat, _ = await c.hall.join("张三", identity="u-9")
        await c.edit(host, wall, edits.Place(0, shows("u-9")))
        await c.hall.conference.leave(seat)
    async with control(store) as c:
        _, kiosk = await c.kiosk(token)
        assert (seen(kiosk).panes[0].state, seen(kiosk).panes[0].name) == (PaneState.ABSENT, "张三")


async def test_a_talk_to_and_fro_does_not_make_the_pane_flicker() -> None:
    async with control() as c:
        wall, token = await c.pair()
        _, kiosk = await c.kiosk(token)
        host, _ = await c.console()
        a, _ = await c.hall.join("甲")
        b, _ = await c.hall.join("乙")
        await c.edit(host, wall, edits.Place(0, Content(kind=ContentKind.SPEAKER)))
        live = c.hall.conference.live_rooms[c.hall.room]

        async def speak(*who: Seat) -> str | None:
            live.speakers = tuple(seat.participant for seat in who)
            c.desk.changed(c.hall.room)
            await c.settle()
            return shown(kiosk)[0]

        assert await speak(a) == a.participant
        c.hall.clock.now_s += 0.5
        assert await speak(b, a) == a.participant
        c.hall.clock.now_s += 0.5
        assert await speak(a, b) == a.participant
        assert await speak(b, a) == a.participant
        assert c.desk._timer is not None
        c.hall.clock.now_s += 1.1
        c.desk._turn()
        assert shown(kiosk)[0] == b.participant
        assert await speak(a) == a.participant  # whoever falls silent gives way at once
        assert await speak() == a.participant
        assert c.desk._timer is None
