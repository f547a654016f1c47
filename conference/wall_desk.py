"""Walls as consoles, kiosks and administrators see them: the facade the edge calls. It owns what every wall shows."""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Final

from conference.live_wall import LiveWall, new_wall_id, usable
from conference.members import Member
from conference.model.errors import (
    AlarmNotFound,
    HuishangError,
    NotAllowed,
    ParticipantNotFound,
    TooManyWalls,
    WallChanged,
    WallMoved,
    WallNotFound,
    WallRevoked,
    WallTaken,
)
from conference.model.ids import AlarmId, Identity, ParticipantId, RoomId, WallId
from conference.model.names import clean_name
from conference.model.outgoing import ScenesChanged, WallLeft, WallReported, WallShown
from conference.model.participant import ParticipantKind, ParticipantView, Presence
from conference.model.records import Grant
from conference.model.roles import Role, Verb, may
from conference.model.wall import Alarm, Wall, WallReport, WallView
from conference.model.wall_records import Act, WallRecord
from conference.ports import Clock, WallStore
from conference.results import PairedWall, WallStats
from conference.scene_book import SceneBook
from conference.seats import Seat
from conference.service import Conference
from conference.wall_alarms import Alarms
from conference.wall_rooms import RoomMemory
from conference.walls import edits
from conference.walls.acts import By, of_edit, of_wall
from conference.walls.boards import Allowed, identities
from conference.walls.pairing import TOKEN_PREFIX, Paired, Pairings, Waiting
from conference.walls.polling import advance, command, rotations

MAX_WALLS: Final = 32
"""Of a room."""
KEPT_ACTS: Final = 10_000
KEPT_ACTS_S: Final = 365 * 86400.0
PRUNE_EVERY_S: Final = 3600.0

log = logging.getLogger(__name__)


class WallDesk:
    """`open` once, then `run`. Verbs of administration and edits return when they are durable. `allowed`: which web
    pages may be shown."""

    def __init__(self, *, store: WallStore, conference: Conference, clock: Clock, allowed: Allowed) -> None:
        self._store = store
        self._conference = conference
        self._clock = clock
        self._allowed = allowed
        self._walls: dict[WallId, LiveWall] = {}
        self._rooms: dict[RoomId, RoomMemory] = {}
        self._due: set[RoomId] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Handle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._edits = self._conflicts = 0
        self.pairings = Pairings()
        self.scenes = SceneBook(store, clock, allowed, self._scenes_changed)
        self.alarms = Alarms(store, clock)
        conference.onlooker = self

    async def open(self) -> None:
        """Reads all walls and alarms."""
        for record in await self._store.walls():
            self._walls[record.wall.id] = LiveWall(usable(record, self._allowed))
            self._memory(record.wall.room).remember(record.names)
        await self.alarms.open()

    async def run(self) -> None:
        """Serves until cancelled."""
        try:
            while True:
                before_ms = int((self._clock.wall_s() - KEPT_ACTS_S) * 1000)
                try:
                    await self._store.prune_acts(before_ms=before_ms, keep=KEPT_ACTS)
                except Exception:  # the edge of a timer: the next hour comes in any case
                    log.exception("x acts of walls could not be pruned")
                await asyncio.sleep(PRUNE_EVERY_S)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)

    def stats(self) -> WallStats:
        """Numbers for /metrics."""
        return WallStats(
            walls=len(self._walls),
            online=sum(self._kiosk(wall.wall) is not None for wall in self._walls.values()),
            pairing=len(self.pairings),
            edits=self._edits,
            conflicts=self._conflicts,
        )

    # ---- displays ---------------------------------------------------------------------------------------------------

    def begin_pairing(self, address: str, width: int, height: int) -> Waiting:
        """A display shows a code from now on. Raises TooManyPairings."""
        return self.pairings.begin(address, width, height, now_s=self._clock.wall_s())

    def claim_pairing(self, secret: str) -> Paired | None:
        """What became of it. Raises PairingNotFound."""
        return self.pairings.claim(secret, now_s=self._clock.wall_s())

    async def pair(self, room: RoomId, code: str, name: str, *, by: By) -> PairedWall:
        """The display that shows `code` is a wall of the room. Raises RoomNotFound, RoomClosed, NameInvalid,
        PairingNotFound, TooManyWalls."""
        await self._conference.room(room)
        name = clean_name(name)
        waiting = self.pairings.find(code, now_s=self._clock.wall_s())
        if len(self._of(room)) >= MAX_WALLS:
            raise TooManyWalls(room)
        wall = Wall(id=WallId(new_wall_id()), room=room, name=name, paired_at_s=self._clock.wall_s())
        secret = secrets.token_urlsafe(32)
        record = WallRecord(
            wall=wall, secret_hash=_hash(secret), paired_by=by.name, width=waiting.width, height=waiting.height
        )
        token = f"{TOKEN_PREFIX}{wall.id}.{secret}"
        waiting.paired = Paired(wall=wall.id, name=name, room=room, token=token)  # nobody else pairs it meanwhile
        try:
            await self._store.add(record, of_wall(wall, "pair", by, now_ms=self._now_ms()))
        except BaseException:
            waiting.paired = None
            raise
        self._walls[wall.id] = LiveWall(record)
        self.changed(room)
        return PairedWall(record=record, online=False)

    def grant(self, token: str) -> Grant:
        """What a device token allows. Raises WallRevoked for one that is not (or no longer) known."""
        name, _, secret = token.removeprefix(TOKEN_PREFIX).partition(".")
        found = self._walls.get(WallId(name))
        expected = found.record.secret_hash if found is not None else ""
        if not hmac.compare_digest(_hash(secret), expected) or found is None:
            raise WallRevoked
        wall = found.wall
        return Grant(
            room=wall.room,
            role=Role.VIEWER,
            identity=Identity(wall.id),
            name=wall.name,
            token_id=wall.id,
            expires_at_s=float("inf"),
            wall=wall.id,
        )

    def list(self, room: RoomId | None = None) -> Sequence[PairedWall]:
        """Oldest pairing first; of one room, or all."""
        found = [wall for wall in self._walls.values() if room is None or wall.wall.room == room]
        return [PairedWall(record=one.record, online=self._kiosk(one.wall) is not None) for one in found]

    async def rename(self, room: RoomId, wall: WallId, name: str, *, by: By) -> None:
        """Raises WallNotFound, NameInvalid."""
        found, name = self._wall(room, wall), clean_name(name)
        async with found.lock:
            self._still(found, room)
            after = replace(found.wall, name=name, version=found.wall.version + 1)
            act = of_wall(found.wall, "rename", by, now_ms=self._now_ms(), detail=name)
            await self._save(found, after, act, shared_by=found.record.shared_by)
            live, display = self._conference.live_rooms.get(room), self._display(found.wall)
            if live is not None and display is not None:
                live.tell(live.room.set_name(display.id, name))
        self.changed(room)

    async def move(self, room: RoomId, wall: WallId, target: RoomId, *, by: By) -> None:
        """It shows another room from now on. Raises WallNotFound, RoomNotFound, RoomClosed, TooManyWalls."""
        await self._conference.room(target)
        found = self._wall(room, wall)
        async with found.lock:
            self._still(found, room)
            if len(self._of(target)) >= MAX_WALLS:
                raise TooManyWalls(target)
            after = replace(
                found.wall, room=target, version=found.wall.version + 1, scene=None, scene_version=0, taken_by=None,
                taken_name="",
            )  # fmt: skip
            kiosk = self._display(found.wall)
            act = of_wall(found.wall, "move", by, now_ms=self._now_ms(), detail=target)
            await self._save(found, after, act, shared_by=None)
        self._tell_consoles(room, WallLeft(wall))
        if kiosk is not None:
            self._conference.dismiss(room, kiosk.id, WallMoved(), again=True)
        for place in (room, target):
            self.changed(place)

    async def revoke(self, room: RoomId, wall: WallId, *, by: By) -> None:
        """Its display shows a pairing code again. Raises WallNotFound."""
        found = self._wall(room, wall)
        async with found.lock:
            self._still(found, room)
            await self._store.revoke(wall, of_wall(found.wall, "revoke", by, now_ms=self._now_ms()))
            found.gone = True
            kiosk = self._display(found.wall)
            del self._walls[wall]
        if found.view is not None:
            found.tell_followers(replace(found.view, panes=()))
        self._tell_consoles(room, WallLeft(wall))
        if kiosk is not None:
            self._conference.dismiss(room, kiosk.id, WallRevoked(), again=False)
        self.changed(room)

    async def acts(self, room: RoomId, *, limit: int, before: int | None) -> Sequence[Act]:
        """Newest first."""
        return await self._store.acts(room, limit=limit, before=before)

    def get(self, room: RoomId, wall: WallId) -> PairedWall:
        """Raises WallNotFound."""
        found = self._wall(room, wall)
        return PairedWall(record=found.record, online=self._kiosk(found.wall) is not None)

    # ---- alarms -----------------------------------------------------------------------------------------------------

    async def raise_alarm(self, room: RoomId, identity: Identity, text: str, *, by: By) -> Alarm:
        """Raises RoomNotFound, RoomClosed, ContentRefused, TooManyAlarms."""
        await self._conference.room(room)
        alarm = await self.alarms.raise_one(room, identity, text, by=by)
        self.changed(room)
        return alarm

    async def clear_alarm(self, room: RoomId, alarm: AlarmId, *, by: By) -> None:
        """Raises AlarmNotFound."""
        await self.alarms.clear(room, alarm, by=by)
        self.changed(room)

    async def clear_alarms(self, rooms: Sequence[RoomId], identity: Identity, *, by: By) -> None:
        """All of somebody. Raises AlarmNotFound when there is none."""
        found = [alarm for room in rooms for alarm in self.alarms.of(room) if alarm.identity == identity]
        if not found:
            raise AlarmNotFound(identity)
        for alarm in found:
            await self.clear_alarm(alarm.room, alarm.id, by=by)

    # ---- consoles and kiosks ----------------------------------------------------------------------------------------

    def watch(self, seat: Seat, *, on: bool) -> None:
        """A host's console is told of every wall of its room, or no longer. Raises NotAllowed, ParticipantNotFound."""
        member, _ = self._console(seat)
        memory = self._memory(seat.room)
        if not on:
            memory.consoles.discard(member.id)
            return
        memory.consoles.add(member.id)
        self._look(seat.room, but=member)
        self._show_all(seat.room, member)
        member.deliver(ScenesChanged())

    async def edit(self, seat: Seat, wall: WallId, base: int, edit: edits.Edit) -> None:
        """`base`: the version the console saw. Raises NotAllowed, ParticipantNotFound, WallNotFound, WallChanged (the
        wall as it is now is delivered first), WallTaken, PaneUnknown, ContentRefused, InvalidLayout, SceneNotFound,
        NothingToUndo."""
        member, by = self._console(seat)
        found = self._wall(seat.room, wall)
        async with found.lock:
            self._still(found, seat.room)
            taken = found.wall.taken_by not in (None, member.id) and not isinstance(edit, edits.TakeOver)
            if taken or base != found.wall.version:
                self._conflicts += 1
                self._look(seat.room)
                if found.view is not None:
                    member.deliver(WallShown(found.view))
                raise WallTaken(wall) if taken else WallChanged(wall)
            await self._edit(found, edit, by)
        self._edits += 1
        self._look(seat.room)

    def report(self, seat: Seat, report: WallReport) -> None:
        """What a kiosk really shows. Raises NotAllowed, ParticipantNotFound."""
        _, view = self._seated(seat)
        found = self._walls.get(WallId(view.identity)) if view.kind is ParticipantKind.WALL else None
        if found is None:
            raise NotAllowed("report")
        found.report = report
        self._tell_consoles(seat.room, WallReported(found.wall.id, report))
        if (report.width, report.height) != (found.record.width, found.record.height):
            self._keep(self._resized(found, report.width, report.height))

    def follow(self, room: RoomId, wall: WallId, push: Callable[[WallView], None]) -> Callable[[], None]:
        """Calls `push` with the whole view, at once and at every change, until the returned function is called. Raises
        WallNotFound."""
        found = self._wall(room, wall)
        self._look(room)
        found.followers.append(push)
        if found.view is not None:
            push(found.view)
        return lambda: found.followers.remove(push) if push in found.followers else None

    # ---- what rooms tell (Onlooker) ---------------------------------------------------------------------------------

    def greeted(self, room: RoomId, member: Member) -> None:
        """After the room itself, a kiosk gets its wall, a console all walls, everybody the layout that is shared."""
        if not self._of(room):
            return
        self._look(room, but=member)
        memory = self._memory(room)
        if member.kind is ParticipantKind.WALL or member.id in memory.consoles:
            self._show_all(room, member)
        memory.shared.show(member, self._participant(room, member.id))

    def changed(self, room: RoomId) -> None:
        """Looked at once for everything that happens together."""
        if room in self._rooms or self._of(room):
            self._due.add(room)
            self._soon()

    async def removed(self, room: RoomId, member: Member, *, by: ParticipantId | None) -> None:
        """Sent away from the room's list of people: its pairing ends. Raises WallNotFound."""
        view = self._participant(room, member.id)
        host = self._participant(room, by) if by is not None else None
        who = By(host.name, host.identity, host.id) if host is not None else By()
        if view is not None:
            await self.revoke(room, WallId(view.identity), by=who)

    # ---- inside -----------------------------------------------------------------------------------------------------

    async def _edit(self, found: LiveWall, edit: edits.Edit, by: By) -> None:
        before = found.wall
        scene = await self.scenes.get(before.room, edit.scene) if isinstance(edit, edits.ApplyScene) else None
        now_ms = self._now_ms()
        known = self._memory(before.room).facts(self._conference.live_rooms.get(before.room), now_ms)
        turnings = found.turnings = advance(found.turnings, before, known, now_ms)
        if isinstance(edit, edits.TurnGroup):
            turnings = command(turnings, before, edit.group, edit.turn, known, now_ms)
        situation = edits.Situation(
            by=by.participant or ParticipantId(""),
            by_name=by.name,
            allowed=self._allowed,
            scene=scene,
            before=found.history.last if isinstance(edit, edits.Undo) else None,
            shown=found.shown(),
        )
        after = edits.apply(before, edit, situation)
        turnings = advance(turnings, after, known, now_ms)
        after = replace(after, rotations=rotations(turnings))
        act = of_edit(before, edit, by, now_ms=now_ms, scene_name=scene.name if scene is not None else "")
        shared_by = found.record.shared_by
        if isinstance(edit, edits.Share):
            shared_by = by.name if edit.on else None
        await self._save(found, after, act, shared_by=shared_by)
        found.turnings = turnings
        if isinstance(edit, edits.Undo):
            found.history.undone()
        else:
            found.history.note(before, after)
        if isinstance(edit, edits.Share) and edit.on:
            await self._share_only(found)

    async def _share_only(self, shared: LiveWall) -> None:
        """A room sees one layout."""
        for other in self._of(shared.wall.room):
            if other is not shared and other.record.shared_by is not None:
                record = replace(other.record, shared_by=None)
                await self._store.save(record, None)
                other.record = replace(other.record, shared_by=None)

    async def _save(self, found: LiveWall, after: Wall, act: Act, *, shared_by: str | None) -> None:
        known = self._memory(after.room).names
        names = {identity: known[identity] for identity in identities(after.board) if identity in known}
        record = replace(found.record, wall=after, shared_by=shared_by, names=names)
        await self._store.save(record, act)
        found.record = replace(found.record, wall=after, shared_by=shared_by, names=names)

    async def _resized(self, found: LiveWall, width: int, height: int) -> None:
        async with found.lock:
            if not found.gone:
                found.record = replace(found.record, width=width, height=height)
                await self._store.save(found.record, None)

    def _look(self, room: RoomId, *, but: Member | None = None) -> None:
        """Brings every wall of the room up to now and tells what is another one. `but`: is told by somebody else."""
        walls, live, memory = self._of(room), self._conference.live_rooms.get(room), self._memory(room)
        now_ms, alarms = self._now_ms(), self.alarms.of(room)
        known = memory.facts(live, now_ms)
        shared: LiveWall | None = None
        for wall in walls:
            taken = wall.wall.taken_by
            if taken is not None and (live is None or taken not in live.room):
                wall.hand_back()
            if wall.look(known, alarms, now_ms=now_ms, online=self._kiosk(wall.wall) is not None):
                self._tell(wall, but)
            shared = wall if wall.record.shared_by is not None else shared
        view, by = (shared.view, shared.record.shared_by or "") if shared is not None else (None, "")
        memory.shared.update(view, by, known, live)
        if live is None and not walls:
            self._rooms.pop(room, None)
        self._schedule()

    def _tell(self, wall: LiveWall, but: Member | None) -> None:
        if wall.view is None:
            return
        message = WallShown(wall.view)
        display = self._display(wall.wall)
        kiosk = self._member(wall.wall.room, display.id) if display is not None else None
        for member in (*self._consoles_of(wall.wall.room), kiosk):
            if member is not None and member is not but:
                member.deliver(message)
        wall.tell_followers(wall.view)

    def _show_all(self, room: RoomId, member: Member) -> None:
        """To a kiosk its own wall, to a console all with what their kiosks report."""
        view = self._participant(room, member.id)
        for wall in self._of(room):
            console = member.kind is not ParticipantKind.WALL
            if wall.view is not None and view is not None and (console or view.identity == wall.identity):
                member.deliver(WallShown(wall.view))
                if console and wall.report is not None:
                    member.deliver(WallReported(wall.wall.id, wall.report))

    def _tell_consoles(self, room: RoomId, message: WallLeft | WallReported | ScenesChanged) -> None:
        for member in self._consoles_of(room):
            member.deliver(message)

    def _scenes_changed(self, room: RoomId) -> None:
        self._tell_consoles(room, ScenesChanged())

    def _consoles_of(self, room: RoomId) -> Sequence[Member]:
        live = self._conference.live_rooms.get(room)
        if live is None or room not in self._rooms:
            return []
        return [live.members[one] for one in self._rooms[room].consoles if one in live.members]

    def _soon(self) -> None:
        """One look for all that happens in this turn of the loop."""
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_soon(self._look_at_due)

    def _look_at_due(self) -> None:
        self._waiting = None
        rooms, self._due = self._due, set()
        for room in rooms:
            try:
                self._look(room)
            except Exception:  # the edge of a timer: a fault of one room must not stop the others
                log.exception("x walls of %s", room)

    def _schedule(self) -> None:
        """Sets the timer to the next turn of any wall, or to the next speaker."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = [at_ms for wall in self._walls.values() if (at_ms := wall.next_turn_ms) is not None]
        due += [memory.due_ms for memory in self._rooms.values() if memory.due_ms is not None]
        if due:
            delay_s = max(0.0, (min(due) - self._now_ms()) / 1000)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._turn)

    def _turn(self) -> None:
        now_ms = self._now_ms()
        for wall in self._walls.values():
            if wall.next_turn_ms is not None and wall.next_turn_ms <= now_ms:
                self._due.add(wall.wall.room)
        self._due |= {room for room, memory in self._rooms.items() if (memory.due_ms or now_ms + 1) <= now_ms}
        self._look_at_due()
        self._schedule()  # also when the timer came a hair early

    def _memory(self, room: RoomId) -> RoomMemory:
        return self._rooms.setdefault(room, RoomMemory())

    def _of(self, room: RoomId) -> Sequence[LiveWall]:
        return [wall for wall in self._walls.values() if wall.wall.room == room]

    def _wall(self, room: RoomId, wall: WallId) -> LiveWall:
        found = self._walls.get(wall)
        if found is None or found.wall.room != room:
            raise WallNotFound(wall)
        return found

    @staticmethod
    def _still(found: LiveWall, room: RoomId) -> None:
        """It may have been revoked or moved while its lock was waited for."""
        if found.gone or found.wall.room != room:
            raise WallNotFound(found.wall.id)

    def _display(self, wall: Wall) -> ParticipantView | None:
        """Its kiosk in the room, also one that is reconnecting."""
        return next(
            (
                view
                for view in self._conference.participants(wall.room)
                if view.kind is ParticipantKind.WALL and view.identity == Identity(wall.id)
            ),
            None,
        )

    def _kiosk(self, wall: Wall) -> ParticipantView | None:
        """The same when it is connected."""
        view = self._display(wall)
        return view if view is not None and view.presence is Presence.HERE else None

    def _participant(self, room: RoomId, participant: ParticipantId) -> ParticipantView | None:
        return next((view for view in self._conference.participants(room) if view.id == participant), None)

    def _member(self, room: RoomId, participant: ParticipantId) -> Member | None:
        live = self._conference.live_rooms.get(room)
        return live.members.get(participant) if live is not None else None

    def _seated(self, seat: Seat) -> tuple[Member, ParticipantView]:
        member, view = self._member(seat.room, seat.participant), self._participant(seat.room, seat.participant)
        if member is None or view is None:
            raise ParticipantNotFound(seat.participant)
        return member, view

    def _console(self, seat: Seat) -> tuple[Member, By]:
        member, view = self._seated(seat)
        if not may(seat.role, Verb.DIRECT):
            raise NotAllowed("direct")
        return member, By(view.name, view.identity, view.id)

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, HuishangError):
            log.info("x wall: %s", error)
        elif error is not None:
            log.error("x the size of a display could not be kept", exc_info=error)

    def _now_ms(self) -> int:
        return int(self._clock.wall_s() * 1000)


def _hash(secret: str) -> str:
    """Device secrets are random and long: a plain digest cannot be guessed back."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
