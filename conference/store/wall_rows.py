"""Walls, scenes, alarms and acts as rows and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from conference.model.ids import AlarmId, Identity, RoomId, SceneId, WallId
from conference.model.wall import Alarm, Board, Pin, Rotation, Scene, Sound, Wall
from conference.model.wall_records import Act, WallRecord
from conference.store.wall_tables import ActRow, AlarmRow, SceneRow, SceneVersionRow, WallDeviceRow, WallRow

NAME_CHARS: Final = 128
DETAIL_CHARS: Final = 500
"""Names and details come from people: they are cut to their columns, not trusted to fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What a wall shows. Who has taken it over is not kept: consoles come back as somebody else."""

    board: Board
    scene: SceneId | None
    scene_version: int
    enlarged: int | None
    sound: Sound
    rotations: tuple[Rotation, ...]
    pins: tuple[Pin, ...]
    names: dict[Identity, str] = field(default_factory=dict)


_encode: Final = msgspec.json.Encoder().encode
_decode_state: Final = msgspec.json.Decoder(_State).decode
_decode_board: Final = msgspec.json.Decoder(Board).decode


def wall_columns(record: WallRecord) -> dict[str, Any]:
    wall = record.wall
    state = _State(
        board=wall.board,
        scene=wall.scene,
        scene_version=wall.scene_version,
        enlarged=wall.enlarged,
        sound=wall.sound,
        rotations=wall.rotations,
        pins=wall.pins,
        names=dict(record.names),
    )
    return {
        "room_id": wall.room,
        "name": wall.name[:NAME_CHARS],
        "version": wall.version,
        "state": _encode(state).decode(),
        "shared_by": record.shared_by[:NAME_CHARS] if record.shared_by is not None else None,
    }


def device_columns(record: WallRecord) -> dict[str, Any]:
    return {
        "secret_hash": record.secret_hash,
        "paired_at_s": record.wall.paired_at_s,
        "paired_by": record.paired_by[:NAME_CHARS],
        "width": record.width,
        "height": record.height,
    }


def wall_of(row: WallRow, device: WallDeviceRow) -> WallRecord:
    """Raises msgspec.MsgspecError for a state that cannot be read."""
    state = _decode_state(row.state)
    wall = Wall(
        id=WallId(row.id),
        room=RoomId(row.room_id),
        name=row.name,
        version=row.version,
        board=state.board,
        scene=state.scene,
        scene_version=state.scene_version,
        enlarged=state.enlarged,
        sound=state.sound,
        rotations=state.rotations,
        pins=state.pins,
        paired_at_s=device.paired_at_s,
    )
    return WallRecord(
        wall=wall,
        secret_hash=device.secret_hash,
        paired_by=device.paired_by,
        width=device.width,
        height=device.height,
        shared_by=row.shared_by,
        names=state.names,
    )


def version_row(scene: Scene) -> SceneVersionRow:
    return SceneVersionRow(
        scene_id=scene.id,
        version=scene.version,
        name=scene.name[:NAME_CHARS],
        board=_encode(scene.board).decode(),
        saved_at_s=scene.saved_at_s,
        saved_by=scene.saved_by[:NAME_CHARS],
    )


def scene_of(row: SceneRow, version: SceneVersionRow) -> Scene:
    return Scene(
        id=SceneId(row.id),
        room=RoomId(row.room_id),
        name=version.name,
        version=version.version,
        board=_decode_board(version.board),
        saved_at_s=version.saved_at_s,
        saved_by=version.saved_by,
    )


def alarm_row(alarm: Alarm) -> AlarmRow:
    return AlarmRow(
        id=alarm.id,
        room_id=alarm.room,
        identity=alarm.identity,
        text=alarm.text,
        raised_at_ms=alarm.raised_at_ms,
        raised_by=alarm.raised_by[:NAME_CHARS],
    )


def alarm_of(row: AlarmRow) -> Alarm:
    return Alarm(
        id=AlarmId(row.id),
        room=RoomId(row.room_id),
        identity=Identity(row.identity),
        text=row.text,
        raised_at_ms=row.raised_at_ms,
        raised_by=row.raised_by,
    )


def act_row(act: Act) -> ActRow:
    return ActRow(
        room_id=act.room,
        wall_id=act.wall,
        wall_name=act.wall_name[:NAME_CHARS],
        at_ms=act.at_ms,
        verb=act.verb,
        by=act.by[:NAME_CHARS],
        identity=act.identity[:NAME_CHARS],
        detail=act.detail[:DETAIL_CHARS],
    )


def act_of(row: ActRow) -> Act:
    return Act(
        id=row.id,
        room=RoomId(row.room_id),
        at_ms=row.at_ms,
        verb=row.verb,
        by=row.by,
        identity=Identity(row.identity),
        wall=WallId(row.wall_id) if row.wall_id is not None else None,
        wall_name=row.wall_name,
        detail=row.detail,
    )
