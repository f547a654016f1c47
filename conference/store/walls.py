"""Walls, scenes, alarms and acts in SQL."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import delete, func, select, update

from conference.model.errors import AlarmNotFound, SceneChanged, SceneNotFound, WallNotFound
from conference.store.wall_rows import (
    act_of,
    act_row,
    alarm_of,
    alarm_row,
    device_columns,
    scene_of,
    version_row,
    wall_columns,
    wall_of,
)
from conference.store.wall_tables import ActRow, AlarmRow, SceneRow, SceneVersionRow, WallDeviceRow, WallRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

    from conference.model.ids import AlarmId, RoomId, SceneId, WallId
    from conference.model.wall import Alarm, Scene
    from conference.model.wall_records import Act, WallRecord
    from conference.store.database import Database

KEPT_VERSIONS: Final = 50

log = logging.getLogger(__name__)


class SqlWallStore:
    """Implements `conference.ports.WallStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- walls ------------------------------------------------------------------------------------------------------

    async def walls(self) -> list[WallRecord]:
        query = select(WallRow, WallDeviceRow).join(WallDeviceRow, WallDeviceRow.wall_id == WallRow.id)
        found = []
        async with self._database.session() as session:
            for row, device in await session.execute(query.order_by(WallDeviceRow.paired_at_s, WallRow.id)):
                try:
                    found.append(wall_of(row, device))
                except msgspec.MsgspecError as error:
                    log.warning("x wall %s cannot be read and is left out: %s", row.id, error)
        return found

    async def add(self, record: WallRecord, act: Act) -> None:
        async with self._database.session() as session:
            session.add(WallRow(id=record.wall.id, **wall_columns(record)))
            await session.flush()  # the device refers to it
            session.add_all([WallDeviceRow(wall_id=record.wall.id, **device_columns(record)), act_row(act)])

    async def save(self, record: WallRecord, act: Act | None) -> None:
        wall = record.wall.id
        changed = update(WallRow).where(WallRow.id == wall).values(**wall_columns(record)).returning(WallRow.id)
        async with self._database.session() as session:
            if await session.scalar(changed) is None:
                raise WallNotFound(wall)
            device = update(WallDeviceRow).where(WallDeviceRow.wall_id == wall)
            await session.execute(device.values(width=record.width, height=record.height))
            if act is not None:
                session.add(act_row(act))

    async def revoke(self, wall: WallId, act: Act) -> None:
        async with self._database.session() as session:
            await session.execute(delete(WallRow).where(WallRow.id == wall))
            session.add(act_row(act))

    # ---- scenes -----------------------------------------------------------------------------------------------------

    async def scenes(self, room: RoomId) -> list[Scene]:
        query = _newest().where(SceneRow.room_id == room).order_by(SceneVersionRow.name, SceneRow.id)
        async with self._database.session() as session:
            return [scene_of(row, version) for row, version in await session.execute(query)]

    async def scene(self, room: RoomId, scene: SceneId) -> Scene:
        query = _newest().where(SceneRow.room_id == room, SceneRow.id == scene)
        async with self._database.session() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            raise SceneNotFound(scene)
        return scene_of(found[0], found[1])

    async def add_scene(self, scene: Scene, act: Act) -> None:
        async with self._database.session() as session:
            session.add(SceneRow(id=scene.id, room_id=scene.room, version=scene.version))
            await session.flush()  # the version refers to it
            session.add_all([version_row(scene), act_row(act)])

    async def save_scene(self, scene: Scene, act: Act) -> None:
        here = (SceneRow.room_id == scene.room, SceneRow.id == scene.id)
        raised = (
            update(SceneRow)
            .where(*here, SceneRow.version == scene.version - 1)
            .values(version=scene.version)
            .returning(SceneRow.id)
        )
        old = SceneVersionRow.version <= scene.version - KEPT_VERSIONS
        async with self._database.session() as session:
            if await session.scalar(raised) is None:
                known = await session.scalar(select(SceneRow.id).where(*here))
                raise SceneNotFound(scene.id) if known is None else SceneChanged(scene.id)
            session.add_all([version_row(scene), act_row(act)])
            await session.execute(delete(SceneVersionRow).where(SceneVersionRow.scene_id == scene.id, old))

    async def delete_scene(self, room: RoomId, scene: SceneId, act: Act) -> None:
        gone = delete(SceneRow).where(SceneRow.room_id == room, SceneRow.id == scene).returning(SceneRow.id)
        async with self._database.session() as session:
            if await session.scalar(gone) is None:
                raise SceneNotFound(scene)
            session.add(act_row(act))

    async def scene_versions(self, room: RoomId, scene: SceneId) -> list[Scene]:
        query = (
            select(SceneRow, SceneVersionRow)
            .join(SceneVersionRow, SceneVersionRow.scene_id == SceneRow.id)
            .where(SceneRow.room_id == room, SceneRow.id == scene)
            .order_by(SceneVersionRow.version.desc())
        )
        async with self._database.session() as session:
            found = [scene_of(row, version) for row, version in await session.execute(query)]
        if not found:
            raise SceneNotFound(scene)
        return found

    # ---- alarms -----------------------------------------------------------------------------------------------------

    async def alarms(self) -> list[Alarm]:
        async with self._database.session() as session:
            rows = await session.scalars(select(AlarmRow).order_by(AlarmRow.raised_at_ms, AlarmRow.id))
            return [alarm_of(row) for row in rows]

    async def raise_alarm(self, alarm: Alarm, act: Act) -> None:
        async with self._database.session() as session:
            session.add_all([alarm_row(alarm), act_row(act)])

    async def clear_alarm(self, alarm: AlarmId, act: Act) -> None:
        async with self._database.session() as session:
            gone = delete(AlarmRow).where(AlarmRow.id == alarm).returning(AlarmRow.id)
            if await session.scalar(gone) is None:
                raise AlarmNotFound(alarm)
            session.add(act_row(act))

    # ---- acts -------------------------------------------------------------------------------------------------------

    async def acts(self, room: RoomId, *, limit: int, before: int | None) -> Sequence[Act]:
        query = select(ActRow).where(ActRow.room_id == room).order_by(ActRow.id.desc()).limit(limit)
        if before is not None:
            query = query.where(ActRow.id < before)
        async with self._database.session() as session:
            return [act_of(row) for row in await session.scalars(query)]

    async def prune_acts(self, *, before_ms: int, keep: int) -> None:
        newer = (
            select(ActRow.id, func.row_number().over(partition_by=ActRow.room_id, order_by=ActRow.id.desc()).label("n"))
        ).subquery()
        beyond = select(newer.c.id).where(newer.c.n > keep)
        async with self._database.session() as session:
            await session.execute(delete(ActRow).where(ActRow.at_ms < before_ms))
            await session.execute(delete(ActRow).where(ActRow.id.in_(beyond)))


def _newest() -> Select[SceneRow, SceneVersionRow]:
    return select(SceneRow, SceneVersionRow).join(
        SceneVersionRow, (SceneVersionRow.scene_id == SceneRow.id) & (SceneVersionRow.version == SceneRow.version)
    )
