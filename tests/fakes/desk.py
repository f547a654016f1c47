"""The desk of sources without any source: the same rules and refusals, in memory. `calls` notes what it was asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from conference.model.errors import (
    AddressInvalid,
    EtagMismatch,
    KeyInvalid,
    NoThumbnail,
    RoomNotFound,
    SchemeRefused,
    SdpRefused,
    SessionNotFound,
    SourceDisabled,
    SourceKindWrong,
    SourceNotFound,
    TooManySources,
)
from conference.model.ids import ParticipantId, RoomId, SessionId, SourceId
from conference.model.source import (
    RtspTransport,
    SourceEvent,
    SourceKey,
    SourceKind,
    SourceRecord,
    SourceState,
    SourceStatus,
)
from conference.results import (
    MediaSession,
    NewSource,
    PatchResult,
    SourceChanges,
    SourceStats,
    SourceTest,
    SourceView,
)

MAX_SOURCES = 8
NOW_S = 1_700_000_000.0


@dataclass(eq=False)
class FakeDesk:
    """`answer`: what a try at an address shows. `trying`: how many run and wait for `release`; `four`: so many run."""

    rooms: frozenset[RoomId]
    views: dict[SourceId, SourceView] = field(default_factory=dict)
    events: dict[SourceId, list[SourceEvent]] = field(default_factory=dict)
    pictures: dict[SourceId, bytes] = field(default_factory=dict)
    sessions: dict[SessionId, tuple[SourceId, str]] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    answer: SourceTest = field(default_factory=lambda: SourceTest(state=SourceState.LIVE, cause=None))
    fault: Exception | None = None
    trying: int = 0
    four: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    serial: int = 0

    def __post_init__(self) -> None:
        self.release.set()

    async def create(self, draft: NewSource) -> SourceRecord:
        self._fail()
        if len(self.views) >= MAX_SOURCES:
            raise TooManySources
        self._check(draft.kind, draft.address, draft.rooms)
        source = SourceId(self._next("src-"))
        record = SourceRecord(
            id=source, name=draft.name, kind=draft.kind, rooms=draft.rooms, created_at_s=NOW_S, enabled=draft.enabled,
            address=draft.address, username=draft.username, password=draft.password, transport=draft.transport,
            on_demand=draft.on_demand, audience=draft.audience,
        )  # fmt: skip
        key = self._key(source, draft.key_expires_at_s) if draft.kind.pushes else None
        status = SourceStatus(state=SourceState.WAITING, since_ms=int(NOW_S * 1000))
        self.views[source] = SourceView(record=record, status=status, measured=None, viewers=0, key=key)
        return record

    async def change(self, source: SourceId, changes: SourceChanges) -> SourceRecord:
        view = await self.get(source)
        self.calls.append(("change", source, changes))
        self._check(view.record.kind, changes.address or view.record.address, changes.rooms or ())
        given = {name: value for name in changes.__slots__ if (value := getattr(changes, name)) is not None}
        record = replace(view.record, **given)
        self.views[source] = replace(view, record=record)
        return record

    async def delete(self, source: SourceId) -> None:
        await self.get(source)
        del self.views[source]

    async def get(self, source: SourceId) -> SourceView:
        if source not in self.views:
            raise SourceNotFound(source)
        return self.views[source]

    async def list(self) -> tuple[SourceView, ...]:
        self._fail()
        return tuple(self.views.values())

    async def rotate_key(self, source: SourceId, expires_at_s: float | None) -> SourceKey:
        view = await self._pushing(source)
        key = self._key(source, expires_at_s)
        self.views[source] = replace(view, key=key)
        return key

    async def revoke_key(self, source: SourceId) -> None:
        view = await self._pushing(source)
        assert view.key is not None
        self.views[source] = replace(view, key=replace(view.key, revoked_at_s=NOW_S))

    async def restart(self, source: SourceId) -> None:
        await self.get(source)
        self.calls.append(("restart", source))

    async def history(self, source: SourceId, limit: int) -> tuple[SourceEvent, ...]:
        await self.get(source)
        return tuple(self.events.get(source, [])[:limit])

    def thumbnail(self, source: SourceId) -> bytes:
        if source not in self.views:
            raise SourceNotFound(source)
        if source not in self.pictures:
            raise NoThumbnail(source)
        return self.pictures[source]

    async def test(self, address: str, username: str, password: str, transport: RtspTransport) -> SourceTest:
        self._check(SourceKind.RTSP, address, ())
        self.calls.append(("test", address, username, password, transport))
        self.trying += 1
        if self.trying == 4:
            self.four.set()
        try:
            await self.release.wait()
        finally:
            self.trying -= 1
        return self.answer

    def stats(self) -> SourceStats:
        return SourceStats(by_state={"live": 2, "quarantined": 1}, publishers=2, children=3, restarts=7)

    async def whip(self, source: SourceId, secret: str, offer_sdp: str) -> MediaSession:
        await self._admit(source, secret)
        if not offer_sdp.startswith("v=0"):
            raise SdpRefused
        session, etag = SessionId(self._next("s-")), self._next("e")
        self.sessions[session] = (source, etag)
        return MediaSession(
            id=session, room=RoomId(""), participant=ParticipantId(f"p-{source}"), answer_sdp="v=0\r\n", etag=etag
        )

    async def whip_patch(
        self, source: SourceId, secret: str, session: SessionId, fragment: str, etag: str | None
    ) -> PatchResult:
        await self._admit(source, secret)
        owner, current = self.sessions.get(session, (None, ""))
        if owner != source:
            raise SessionNotFound
        if etag not in {"*", current}:
            raise EtagMismatch
        if "ice-ufrag:new" not in fragment:
            return PatchResult(fragment=None, etag=current)
        renewed = self._next("e")
        self.sessions[session] = (source, renewed)
        return PatchResult(fragment="a=ice-ufrag:server\r\n", etag=renewed)

    async def whip_end(self, source: SourceId, secret: str, session: SessionId) -> None:
        await self._admit(source, secret)
        if self.sessions.get(session, (None, ""))[0] != source:
            raise SessionNotFound
        del self.sessions[session]

    async def _admit(self, source: SourceId, secret: str) -> None:
        view = self.views.get(source)
        if view is None or view.key is None or view.key.secret != secret or view.key.revoked_at_s is not None:
            raise KeyInvalid
        if not view.record.enabled:
            raise SourceDisabled

    async def _pushing(self, source: SourceId) -> SourceView:
        view = await self.get(source)
        if not view.record.kind.pushes:
            raise SourceKindWrong(view.record.kind.value)
        return view

    def _check(self, kind: SourceKind, address: str, rooms: tuple[RoomId, ...]) -> None:
        for room in rooms:
            if room not in self.rooms:
                raise RoomNotFound(room)
        if kind.pushes == bool(address):
            raise AddressInvalid
        if not kind.pushes and not address.startswith("rtsp://"):
            raise SchemeRefused

    def _key(self, source: SourceId, expires_at_s: float | None) -> SourceKey:
        return SourceKey(
            source=source, secret=self._next("a-secret-key_"), issued_at_s=NOW_S, expires_at_s=expires_at_s
        )

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault

    def _next(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}{self.serial}"
