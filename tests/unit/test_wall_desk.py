"""Walls at work on a real conference without media: who is told what, and who may do what."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conference.model.errors import (
    HuishangError,
    NotAllowed,
    NothingToUndo,
    PairingNotFound,
    ParticipantNotFound,
    SceneChanged,
    SceneNotFound,
    SeatReplaced,
    TooManyWalls,
    WallChanged,
    WallMoved,
    WallNotFound,
    WallRevoked,
    WallTaken,
)
from conference.model.ids import SceneId
from conference.model.outgoing import LayoutShared, RoomSnapshot, ScenesChanged, WallLeft, WallReported, WallShown
from conference.model.roles import Role
from conference.model.wall import NOTHING, PaneState, SeenPane, SeenState, WallReport
from conference.seats import Seat
from conference.wall_desk import MAX_WALLS
from conference.walls import edits
from conference.walls.acts import ADMINISTRATOR
from tests.fakes.control import BY, OTHER, control, seen, shown
from tests.fakes.walls import board, shows

# ---- displays -------------------------------------------------------------------------------------------------------


async def test_a_display_is_paired_joins_and_sees_its_wall() -> None:
    async with control() as c:
        wall, token = await c.pair()
        seat, page = await c.kiosk(token)
        assert [type(message) for message in page.got[:2]] == [RoomSnapshot, WallShown]
        assert (seen(page).wall.id, seen(page).online, len(seen(page).panes)) == (wall, True, 4)
        assert (seat.role, page.room.participants[0].kind.value) == (Role.VIEWER, "wall")
        assert (page.room.participants[0].identity, page.room.participants[0].name) == (wall, "大屏一")
        assert c.desk.stats().online == 1
        assert c.verbs() == ["pair"]


async def test_displays_take_nobodys_place_and_are_nobody() -> None:
    async with control() as c:
        c.hall.rooms.records[c.hall.room] = replace(c.hall.rooms.records[c.hall.room], max_participants=1)
        for number in range(3):
            await c.kiosk((await c.pair(f"大屏 {number}"))[1])
        _, page = await c.hall.join("甲")
        assert len(page.room.participants) == 4
        with pytest.raises(HuishangError, match="room-full"):
            await c.hall.join("乙")


@pytest.mark.parametrize(
    "token",
    ["wall_", "wall_.", "wall_w-1", "wall_w-1.", "wall_{id}", "wall_{id}.", "wall_{id}.x", "wall_\ud800.\ud800"],
)
async def test_a_device_token_that_is_none(token: str) -> None:
    async with control() as c:
        wall, _ = await c.pair()
        with pytest.raises(WallRevoked):
            c.desk.grant(token.replace("{id}", wall))


async def test_the_same_display_twice_is_there_once() -> None:
    async with control() as c:
        _, token = await c.pair()
        _, first = await c.kiosk(token)
        _, second = await c.kiosk(token)
        assert first.ended is not None
        assert isinstance(first.ended[0], SeatReplaced)
        assert second.ended is None
        assert len(c.hall.conference.participants(c.hall.room)) == 1


async def test_a_revoked_display_is_sent_away_and_does_not_come_back() -> None:
    async with control() as c:
        wall, token = await c.pair()
        _, console = await c.console()
        _, kiosk = await c.kiosk(token)
        await c.desk.revoke(c.hall.room, wall, by=BY)
        assert kiosk.ended is not None
        assert (type(kiosk.ended[0]), kiosk.ended[1]) == (WallRevoked, False)
        assert console.all(WallLeft) == [WallLeft(wall)]
        with pytest.raises(WallRevoked):
            c.desk.grant(token)
        with pytest.raises(WallNotFound):
            await c.desk.revoke(c.hall.room, wall, by=BY)
        assert c.store.records == {}
        assert c.verbs() == ["pair", "revoke"]


async def test_a_host_who_removes_a_display_from_the_people_revokes_it() -> None:
    async with control() as c:
        _, token = await c.pair()
        host, _ = await c.console()
        kiosk, page = await c.kiosk(token)
        await c.hall.conference.remove(c.hall.room, kiosk.participant, by=host)
        assert isinstance(page.ended[0] if page.ended else None, WallRevoked)
        assert (c.store.done[-1].verb, c.store.done[-1].by) == ("revoke", "调度")


async def test_a_moved_display_comes_back_in_the_other_room() -> None:
    async with control() as c:
        wall, token = await c.pair()
        host, console = await c.console()
        await c.edit(host, wall, edits.Share(True))
        _, kiosk = await c.kiosk(token)
        await c.desk.move(c.hall.room, wall, OTHER, by=ADMINISTRATOR)
        assert kiosk.ended is not None
        assert (type(kiosk.ended[0]), kiosk.ended[1]) == (WallMoved, True)
        assert console.all(WallLeft) == [WallLeft(wall)]
        await c.settle()
        assert console.last(LayoutShared).panes is None
        seat, page = await c.kiosk(token)
        assert (seat.room, seen(page).wall.room, seen(page).sharing) == (OTHER, OTHER, False)
        with pytest.raises(WallNotFound):
            await c.desk.rename(c.hall.room, wall, "x", by=BY)


async def test_renaming_is_told() -> None:
    async with control() as c:
        wall, token = await c.pair()
        _, kiosk = await c.kiosk(token)
        await c.desk.rename(c.hall.room, wall, "主屏", by=BY)
        await c.settle()
        assert (seen(kiosk).wall.name, seen(kiosk).wall.version) == ("主屏", 2)
        assert [view.name for view in c.hall.conference.participants(c.hall.room)] == ["主屏"]


async def test_a_room_has_so_many_walls() -> None:
    async with control() as c:
        for number in range(MAX_WALLS):
            waiting = c.desk.begin_pairing(f"192.0.2.{number}", 0, 0)
            await c.desk.pair(c.hall.room, waiting.code, f"屏 {number}", by=BY)
            c.desk.claim_pairing(waiting.secret)
        waiting = c.desk.begin_pairing("192.0.2.200", 0, 0)
        with pytest.raises(TooManyWalls):
            await c.desk.pair(c.hall.room, waiting.code, "多", by=BY)
        with pytest.raises(PairingNotFound):
            await c.desk.pair(c.hall.room, "000000" if waiting.code != "000000" else "000001", "多", by=BY)


async def test_a_pairing_that_cannot_be_kept_can_be_tried_again() -> None:
    async with control() as c:
        waiting = c.desk.begin_pairing("192.0.2.7", 0, 0)
        c.store.fault = OSError("disk")
        with pytest.raises(OSError, match="disk"):
            await c.desk.pair(c.hall.room, waiting.code, "大屏", by=BY)
        assert c.desk.claim_pairing(waiting.secret) is None
        await c.desk.pair(c.hall.room, waiting.code, "大屏", by=BY)
        assert c.desk.claim_pairing(waiting.secret) is not None


# ---- consoles -------------------------------------------------------------------------------------------------------


async def test_what_one_console_does_the_wall_and_the_others_see() -> None:
    async with control() as c:
        wall, token = await c.pair()
        _, kiosk = await c.kiosk(token)
        one, first = await c.console("一")
        _, second = await c.console("二")
        _, idle = await c.console("三", watch=False)
        await c.edit(one, wall, edits.Place(0, shows("一")))
        for page in (kiosk, first, second):
            assert (shown(page)[0], seen(page).wall.version) == (one.participant, 2)
            assert seen(page).panes[0].name == "一"
        assert idle.all(WallShown) == []


async def test_two_consoles_on_the_same_version_one_wins_the_other_is_told() -> None:
    async with control() as c:
        wall, _ = await c.pair()
        one, first = await c.console("一")
        two, second = await c.console("二")
        outcomes = await asyncio.gather(
            c.desk.edit(one, wall, 1, edits.Place(0, shows("x"))),
            c.desk.edit(two, wall, 1, edits.Place(0, shows("y"))),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [type(None), WallChanged]
        await c.settle()
        assert seen(first) == seen(second)
        assert (seen(second).wall.version, seen(second).wall.board.panes[0]) == (2, shows("x"))
        assert (c.desk.stats().edits, c.desk.stats().conflicts) == (1, 1)


async def test_a_hundred_racing_edits_are_each_done_or_refused() -> None:
    async with control() as c:
        wall, _ = await c.pair()
        seats = [(await c.console(str(number)))[0] for number in range(4)]

        async def insist(seat: Seat, number: int) -> int:
            for tried in range(200):
                base = c.desk.get(seat.room, wall).record.wall.version
                try:
                    await c.desk.edit(seat, wall, base, edits.Place(number % 4, shows(f"m{number}")))
                except WallChanged:
                    continue
                return tried
            raise AssertionError("never done")

        await asyncio.gather(*(insist(seats[number % 4], number) for number in range(100)))
        kept = c.desk.get(seats[0].room, wall).record.wall
        assert kept.version == 101
        assert c.store.records[wall].wall == kept
        assert c.verbs().count("place") == 100


@pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.VIEWER])
async def test_only_hosts_drive_walls(role: Role) -> None:
    async with control() as c:
        wall, token = await c.pair()
        seat, page = await c.hall.join("乙", role)
        report = WallReport(version=1, width=1, height=1, panes=())
        with pytest.raises(NotAllowed):
            c.desk.watch(seat, on=True)
        with pytest.raises(NotAllowed):
            await c.desk.edit(seat, wall, 1, edits.Undo())
        with pytest.raises(NotAllowed):
            c.desk.report(seat, report)
        kiosk, _ = await c.kiosk(token)
        with pytest.raises(NotAllowed):
            await c.desk.edit(kiosk, wall, 1, edits.Undo())
        with pytest.raises(NotAllowed):
            c.desk.watch(kiosk, on=True)
        assert page.all(WallShown) == []


async def test_a_host_drives_the_walls_of_its_own_room_only() -> None:
    async with control() as c:
        wall, _ = await c.pair(room=OTHER)
        host, page = await c.console()
        with pytest.raises(WallNotFound):
            await c.desk.edit(host, wall, 1, edits.Undo())
        assert page.all(WallShown) == []
        await c.hall.conference.leave(host)
        with pytest.raises(ParticipantNotFound):
            c.desk.watch(host, on=True)


async def test_who_has_taken_over_alone_edits_until_handing_back_or_leaving() -> None:
    async with control() as c:
        wall, _ = await c.pair()
        one, _ = await c.console("一")
        two, page = await c.console("二")
        await c.edit(one, wall, edits.TakeOver())
        assert (seen(page).wall.taken_by, seen(page).wall.taken_name) == (one.participant, "一")
        with pytest.raises(WallTaken):
            await c.edit(two, wall, edits.Place(0, NOTHING))
        await c.edit(one, wall, edits.Place(0, shows("x")))
        await c.edit(two, wall, edits.TakeOver())
        with pytest.raises(WallTaken):
            await c.edit(one, wall, edits.HandBack())
        await c.edit(two, wall, edits.HandBack())
        await c.edit(one, wall, edits.TakeOver())
        await c.hall.conference.leave(one)
        await c.settle()
        assert seen(page).wall.taken_by is None
        await c.edit(two, wall, edits.Place(0, NOTHING))


async def test_every_console_that_watches_is_told_of_every_change_of_scenes() -> None:
    """Once when it begins to watch, then at each change; nobody else, and nothing when the change was refused."""
    async with control() as c:
        _, token = await c.pair()
        seat, watching = await c.console("甲")
        _, idle = await c.console("乙", watch=False)
        _, display = await c.kiosk(token)
        book, room = c.desk.scenes, c.hall.room
        made = await book.add(room, "防汛", board(NOTHING, NOTHING, NOTHING, NOTHING), by=BY)
        await book.save(room, made.id, "防汛二", made.board, version=1, by=BY)
        with pytest.raises(SceneChanged):
            await book.save(room, made.id, "防汛三", made.board, version=1, by=BY)
        await book.delete(room, made.id, by=BY)
        await book.add(OTHER, "别处", made.board, by=BY)
        assert (len(watching.all(ScenesChanged)), idle.all(ScenesChanged), display.all(ScenesChanged)) == (4, [], [])
        c.desk.watch(seat, on=False)
        await book.add(room, "抗旱", made.board, by=BY)
        assert len(watching.all(ScenesChanged)) == 4


async def test_scenes_are_applied_and_taken_back() -> None:
    async with control() as c:
        wall, _ = await c.pair()
        host, page = await c.console()
        scene = await c.desk.scenes.add(
            c.hall.room, "防汛-9格", board(*(shows(f"m{n}") for n in range(9)), template="grid-9"), by=BY
        )
        await c.edit(host, wall, edits.Place(0, shows("a")))
        await c.edit(host, wall, edits.ApplyScene(scene.id))
        assert (len(seen(page).panes), seen(page).wall.scene, seen(page).wall.scene_version) == (9, scene.id, 1)
        await c.edit(host, wall, edits.Undo())
        assert (len(seen(page).panes), seen(page).panes[0].name, seen(page).wall.scene) == (4, "a", None)
        await c.edit(host, wall, edits.Undo())
        with pytest.raises(NothingToUndo):
            await c.edit(host, wall, edits.Undo())
        with pytest.raises(SceneNotFound):
            await c.edit(host, wall, edits.ApplyScene(SceneId("sc-none")))
        assert c.store.done[3].detail == "防汛-9格"
        assert c.verbs() == ["pair", "scene-add", "place", "apply", "undo", "undo"]


async def test_an_edit_that_cannot_be_kept_is_not_done() -> None:
    async with control() as c:
        wall, _ = await c.pair()
        host, page = await c.console()
        c.store.fault = OSError("disk")
        with pytest.raises(OSError, match="disk"):
            await c.edit(host, wall, edits.Place(0, shows("x")))
        assert (seen(page).wall.version, seen(page).panes[0].state) == (1, PaneState.EMPTY)
        await c.edit(host, wall, edits.Place(0, shows("x")), base=1)
        assert seen(page).wall.version == 2


async def test_a_kiosk_tells_what_it_really_shows() -> None:
    async with control() as c:
        wall, token = await c.pair()
        _, console = await c.console()
        kiosk, _ = await c.kiosk(token)
        report = WallReport(
            version=1, width=1920, height=1080, panes=(SeenPane(pane=0, state=SeenState.FROZEN, age_ms=9000),)
        )
        c.desk.report(kiosk, report)
        assert console.all(WallReported) == [WallReported(wall, report)]
        _, late = await c.console("晚")
        assert late.all(WallReported) == [WallReported(wall, report)]
        await c.settle()
        assert (c.store.records[wall].width, c.store.records[wall].height) == (1920, 1080)
