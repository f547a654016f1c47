"""Walls of the tests: people of a room as walls see them, boards, and a store that forgets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from conference.model.audience import Audience
from conference.model.errors import AlarmNotFound, SceneChanged, SceneNotFound, WallNotFound
from conference.model.ids import AlarmId, GroupId, Identity, ParticipantId, RoomId, SceneId, SourceId, TrackId, WallId
from conference.model.participant import ParticipantKind, ParticipantView, Presence, SourceFeed
from conference.model.roles import Role
from conference.model.source import SourceKind, SourceState, SourceStatus
from conference.model.track import Kind, Source, TrackView
from conference.model.wall import Alarm, Board, Content, ContentKind, Group, Scene, Wall
from conference.model.wall_records import Act, WallRecord
from conference.walls.facts import Facts, facts

ROOM = RoomId("r-1")


def track(owner: str, source: Source = Source.CAMERA, *, muted: bool = False, receiving: bool = True) -> TrackView:
    return TrackView(
        id=TrackId(f"t-{owner}-{source}"), kind=Kind.VIDEO, source=source, muted=muted, receiving=receiving
    )


def person(
    name: str,
    *tracks: TrackView,
    kind: ParticipantKind = ParticipantKind.PERSON,
    role: Role = Role.PARTICIPANT,
    presence: Presence = Presence.HERE,
    identity: str | None = None,
    audience: Audience = Audience.ALL,
) -> ParticipantView:
    """With a camera, unless `tracks` say otherwise. Its participant id is `p-<name>`."""
    return ParticipantView(
        id=ParticipantId(f"p-{name}"),
        identity=Identity(name if identity is None else identity),
        name=f"{name} 号",
        role=role,
        kind=kind,
        joined_at_ms=1,
        presence=presence,
        tracks=tracks or (track(name),),
        audience=audience,
    )


def camera(name: str, state: SourceState = SourceState.LIVE, *, audience: Audience = Audience.ALL) -> ParticipantView:
    feed = SourceFeed(source=SourceId(name), kind=SourceKind.RTSP, status=SourceStatus(state=state))
    return replace(person(name, kind=ParticipantKind.SOURCE, audience=audience), feed=feed)


def here(*people: ParticipantView, speakers: tuple[str, ...] = (), names: dict[str, str] | None = None) -> Facts:
    called = {Identity(identity): name for identity, name in (names or {}).items()}
    return facts(people, tuple(ParticipantId(f"p-{name}") for name in speakers), called)


def shows(identity: str) -> Content:
    return Content(kind=ContentKind.PARTICIPANT, identity=Identity(identity))


def of_group(name: str = "g") -> Content:
    return Content(kind=ContentKind.GROUP, group=GroupId(name))


def group(*members: str, name: str = "g", every_s: int = 10, skip_absent: bool = True) -> Group:
    return Group(
        id=GroupId(name),
        name=f"组 {name}",
        members=tuple(Identity(member) for member in members),
        every_s=every_s,
        skip_absent=skip_absent,
    )


def board(*panes: Content, template: str = "grid-4", groups: tuple[Group, ...] = ()) -> Board:
    return Board(template=template, panes=panes, groups=groups)


def wall(of: Board | None = None, **more: object) -> Wall:
    made = Wall(id=WallId("w-1"), room=ROOM, name="大屏一", board=of or Board())
    return replace(made, **more)  # type: ignore[arg-type]


class MemoryWalls:
    """A WallStore in memory. `fault`: raised once by the next write."""

    def __init__(self) -> None:
        self.records: dict[WallId, WallRecord] = {}
        self.saved_scenes: dict[SceneId, list[Scene]] = {}
        self.active: dict[AlarmId, Alarm] = {}
        self.done: list[Act] = []
        self.fault: Exception | None = None

    async def walls(self) -> Sequence[WallRecord]:
        return list(self.records.values())

    async def add(self, record: WallRecord, act: Act) -> None:
        await self._write(act)
        self.records[record.wall.id] = record

    async def save(self, record: WallRecord, act: Act | None) -> None:
        if record.wall.id not in self.records:
            raise WallNotFound
        await self._write(act)
        self.records[record.wall.id] = record

    async def revoke(self, wall: WallId, act: Act) -> None:
        await self._write(act)
        self.records.pop(wall, None)

    async def scenes(self, room: RoomId) -> Sequence[Scene]:
        return [versions[0] for versions in self.saved_scenes.values() if versions[0].room == room]

    async def scene(self, room: RoomId, scene: SceneId) -> Scene:
        return (await self.scene_versions(room, scene))[0]

    async def add_scene(self, scene: Scene, act: Act) -> None:
        await self._write(act)
        self.saved_scenes[scene.id] = [scene]

    async def save_scene(self, scene: Scene, act: Act) -> None:
        versions = await self.scene_versions(scene.room, scene.id)
        if versions[0].version != scene.version - 1:
            raise SceneChanged
        await self._write(act)
        self.saved_scenes[scene.id].insert(0, scene)

    async def delete_scene(self, room: RoomId, scene: SceneId, act: Act) -> None:
        await self.scene_versions(room, scene)
        await self._write(act)
        del self.saved_scenes[scene]

    async def scene_versions(self, room: RoomId, scene: SceneId) -> Sequence[Scene]:
        await asyncio.sleep(0)
        versions = self.saved_scenes.get(scene, [])
        if not versions or versions[0].room != room:
            raise SceneNotFound
        return list(versions)

    async def alarms(self) -> Sequence[Alarm]:
        return list(self.active.values())

    async def raise_alarm(self, alarm: Alarm, act: Act) -> None:
        await self._write(act)
        self.active[alarm.id] = alarm

    async def clear_alarm(self, alarm: AlarmId, act: Act) -> None:
        if alarm not in self.active:
            raise AlarmNotFound
        await self._write(act)
        del self.active[alarm]

    async def acts(self, room: RoomId, *, limit: int, before: int | None) -> Sequence[Act]:
        found = [act for act in reversed(self.done) if act.room == room and (before is None or act.id < before)]
        return found[:limit]

    async def prune_acts(self, *, before_ms: int, keep: int) -> None:
        self.done = [act for act in self.done if act.at_ms >= before_ms][-keep:]

    async def _write(self, act: Act | None) -> None:
        await asyncio.sleep(0)  # as a database would, it lets others run
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        if act is not None:
            self.done.append(replace(act, id=len(self.done) + 1))
