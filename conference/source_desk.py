"""What administrators do with sources, and the places of sources in rooms: the facade the edge calls."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from conference.members import source_participant
from conference.model.errors import HuishangError, NoThumbnail, RoomClosed, RoomNotFound, SourceKindWrong
from conference.model.ids import ParticipantId, RoomId, SourceId
from conference.model.names import clean_name
from conference.model.participant import SourceFeed
from conference.model.source import RtspTransport, SourceEvent, SourceKey, SourceRecord
from conference.ports import Clock
from conference.results import (
    MediaSession,
    NewSource,
    PatchResult,
    SourceChanges,
    SourceStats,
    SourceTest,
    SourceView,
)
from conference.service import Conference
from conference.sources.masking import mask, unmask
from conference.sources.runner import Runner
from conference.sources.supervisor import Sources, new_id
from conference.sources.trial import Trials
from conference.sources.whip import WhipRunner

NUMBERS_EVERY_S: Final = 2.0

log = logging.getLogger(__name__)


class SourceDesk:
    """`open` once, then `run`. Every verb returns when it is durable."""

    def __init__(self, *, sources: Sources, conference: Conference, clock: Clock) -> None:
        self._sources = sources
        self._conference = conference
        self._clock = clock
        self._trials = Trials(sources.hall)
        self._linked: dict[SourceId, set[RoomId]] = {}
        sources.on_change = self._changed
        sources.on_end = self._gone

    async def open(self) -> None:
        """Reads all sources and gives them their places."""
        await self._sources.load()
        for runner in self._sources.runners:
            await self._link(runner)

    async def run(self) -> None:
        """Serves until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sources.run(), name="sources")
            tasks.create_task(self._numbers(), name="source-numbers")

    # ---- administration ----

    async def create(self, draft: NewSource) -> SourceRecord:
        """Raises NameInvalid, RoomNotFound, RoomClosed, TooManySources, AddressInvalid, SchemeRefused."""
        await self._check_rooms(draft.rooms)
        record = SourceRecord(
            id=new_id(),
            name=clean_name(draft.name),
            kind=draft.kind,
            rooms=draft.rooms,
            created_at_s=self._clock.wall_s(),
            enabled=draft.enabled,
            address=draft.address,
            username=draft.username,
            password=draft.password,
            transport=draft.transport,
            on_demand=draft.on_demand,
            audience=draft.audience,
        )
        runner = await self._sources.create(record, key_expires_at_s=draft.key_expires_at_s)
        await self._link(runner)
        return runner.record

    async def change(self, source: SourceId, changes: SourceChanges) -> SourceRecord:
        """Raises as `create`, and SourceNotFound."""
        record = self._sources.runner(source).record
        if changes.rooms is not None:
            await self._check_rooms(tuple(room for room in changes.rooms if room not in record.rooms))
        fields = {name: getattr(changes, name) for name in _CHANGEABLE if getattr(changes, name) is not None}
        if changes.address is not None:
            fields["address"] = unmask(changes.address, record.address)
        if "name" in fields:
            fields["name"] = clean_name(changes.name or "")
        runner = await self._sources.change(replace(record, **fields))
        await self._link(runner)
        return runner.record

    async def delete(self, source: SourceId) -> None:
        """Raises SourceNotFound."""
        await self._sources.delete(source)

    async def get(self, source: SourceId) -> SourceView:
        """Raises SourceNotFound."""
        return self._view(self._sources.runner(source))

    async def list(self) -> Sequence[SourceView]:
        """Oldest first."""
        return [self._view(runner) for runner in self._sources.runners]

    async def rotate_key(self, source: SourceId, expires_at_s: float | None) -> SourceKey:
        """Raises SourceNotFound, SourceKindWrong."""
        return await self._sources.rotate_key(source, expires_at_s)

    async def revoke_key(self, source: SourceId) -> None:
        """Raises SourceNotFound, SourceKindWrong."""
        await self._sources.revoke_key(source)

    async def restart(self, source: SourceId) -> None:
        """Another try at once; lifts the quarantine. Raises SourceNotFound."""
        self._sources.runner(source).restart()

    async def history(self, source: SourceId, limit: int) -> Sequence[SourceEvent]:
        """Newest first. Raises SourceNotFound."""
        return await self._sources.history(source, limit)

    def thumbnail(self, source: SourceId) -> bytes:
        """The last one, a JPEG. Raises SourceNotFound, NoThumbnail."""
        picture = self._sources.runner(source).thumbnail
        if picture is None:
            raise NoThumbnail(source)
        return picture

    async def test(self, address: str, username: str, password: str, transport: RtspTransport) -> SourceTest:
        """Tries a camera without saving anything. Raises AddressInvalid, SchemeRefused, ServerFull."""
        return await self._trials.run(address, username, password, transport)

    def stats(self) -> SourceStats:
        """Numbers for /metrics."""
        return SourceStats(
            by_state=self._sources.count_states(),
            publishers=sum(runner.publishing for runner in self._sources.runners),
            children=len(self._sources.hall.nursery.children),
            restarts=self._sources.restarts,
        )

    # ---- WHIP ----

    async def whip(self, source: SourceId, secret: str, offer_sdp: str) -> MediaSession:
        """Raises KeyInvalid (also for an unknown source), KeyExpired, SourceDisabled, SourceBusy, SdpRefused,
        CodecUnsupported, ServerFull."""
        runner = self._whip_runner(source, secret)
        answer = runner.publish(offer_sdp)
        return MediaSession(
            id=runner.current_session,
            room=RoomId(""),
            participant=ParticipantId(source_participant(source)),
            answer_sdp=answer,
            etag=runner.etag,
        )

    async def whip_patch(
        self, source: SourceId, secret: str, session: str, fragment: str, etag: str | None
    ) -> PatchResult:
        """Raises KeyInvalid, SessionNotFound, EtagMissing, EtagMismatch, SdpRefused, MediaLost, ServerFull."""
        fragment_or_none, tag = self._whip_runner(source, secret).patch(session, fragment, etag)
        return PatchResult(fragment=fragment_or_none, etag=tag)

    async def whip_end(self, source: SourceId, secret: str, session: str) -> None:
        """Raises KeyInvalid, SessionNotFound."""
        self._whip_runner(source, secret).end(session)

    # ---- inside ----

    def _whip_runner(self, source: SourceId, secret: str) -> WhipRunner:
        runner = self._sources.admit(source, secret)
        if not isinstance(runner, WhipRunner):
            raise SourceKindWrong(runner.record.kind.value)
        return runner

    def _view(self, runner: Runner) -> SourceView:
        return SourceView(
            record=replace(runner.record, address=mask(runner.record.address)),
            status=runner.health.status,
            measured=runner.health.measured,
            viewers=runner.feed.viewers,
            key=self._sources.key(runner.record.id),
        )

    async def _check_rooms(self, rooms: tuple[RoomId, ...]) -> None:
        for room in rooms:
            await self._conference.room(room)

    async def _link(self, runner: Runner) -> None:
        """Makes its places what its record says; a room that was closed meanwhile is passed over."""
        record = runner.record
        rooms = record.rooms if record.enabled else ()
        linked = self._linked.setdefault(record.id, set())
        for room in linked - set(rooms):
            self._conference.unlink_source(room, record.id)
        linked.intersection_update(rooms)
        for room in rooms:
            try:
                await self._conference.link_source(
                    room,
                    runner.feed,
                    name=record.name,
                    shown=_shown(runner),
                    removed=partial(self._leave_room, record.id, room),
                    audience=record.audience,
                )
            except (RoomNotFound, RoomClosed):
                continue
            linked.add(room)

    async def _leave_room(self, source: SourceId, room: RoomId) -> None:
        """A host has removed it: for good, until an administrator gives it the room again. Raises SourceNotFound."""
        record = self._sources.runner(source).record
        await self.change(source, SourceChanges(rooms=tuple(other for other in record.rooms if other != room)))

    def _changed(self, runner: Runner) -> None:
        for room in self._linked.get(runner.record.id, ()):
            self._conference.show_source(
                room,
                runner.record.id,
                name=runner.record.name,
                shown=_shown(runner),
                audience=runner.record.audience,
            )

    def _gone(self, runner: Runner) -> None:
        for room in self._linked.pop(runner.record.id, set()):
            self._conference.unlink_source(room, runner.record.id)

    async def _numbers(self) -> None:
        while True:
            await asyncio.sleep(NUMBERS_EVERY_S)
            try:
                self._conference.tell_measured(
                    {
                        runner.record.id: runner.health.measured
                        for runner in self._sources.runners
                        if runner.health.measured is not None
                    }
                )
            except HuishangError as error:
                log.warning("x numbers of sources: %s", error)


def _shown(runner: Runner) -> SourceFeed:
    return SourceFeed(source=runner.record.id, kind=runner.record.kind, status=runner.health.status)


_CHANGEABLE: Final = (
    "name", "rooms", "enabled", "address", "username", "password", "transport", "on_demand", "audience"
)  # fmt: skip
