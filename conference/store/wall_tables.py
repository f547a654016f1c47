"""The tables about walls. Boards are JSON: they are read and written whole, and nothing in them is looked for."""

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from conference.store.tables import Base


class WallRow(Base):
    """A wall. `state`: what it shows, JSON."""

    __tablename__ = "walls"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    room_id: Mapped[str] = mapped_column(String(64), ForeignKey("rooms.id"), index=True)
    name: Mapped[str] = mapped_column(String(128))
    version: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    shared_by: Mapped[str | None] = mapped_column(String(128))


class WallDeviceRow(Base):
    """The kiosk of a wall; its token holds a secret of which only the SHA-256 (hex) is kept."""

    __tablename__ = "wall_devices"

    wall_id: Mapped[str] = mapped_column(String(64), ForeignKey("walls.id", ondelete="CASCADE"), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    paired_at_s: Mapped[float] = mapped_column(Float(53))
    paired_by: Mapped[str] = mapped_column(String(128))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)


class SceneRow(Base):
    """A scene; what it is stands in its versions."""

    __tablename__ = "scenes"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    room_id: Mapped[str] = mapped_column(String(64), ForeignKey("rooms.id"), index=True)
    version: Mapped[int] = mapped_column(Integer)


class SceneVersionRow(Base):
    """A scene as it was saved once."""

    __tablename__ = "scene_versions"

    scene_id: Mapped[str] = mapped_column(String(64), ForeignKey("scenes.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    board: Mapped[str] = mapped_column(Text)
    saved_at_s: Mapped[float] = mapped_column(Float(53))
    saved_by: Mapped[str] = mapped_column(String(128))


class AlarmRow(Base):
    """An alarm that has not been cleared."""

    __tablename__ = "wall_alarms"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    room_id: Mapped[str] = mapped_column(String(64), ForeignKey("rooms.id"))
    identity: Mapped[str] = mapped_column(String(128))
    text: Mapped[str] = mapped_column(String(500))
    raised_at_ms: Mapped[int] = mapped_column(BigInteger)
    raised_by: Mapped[str] = mapped_column(String(128))


class ActRow(Base):
    """What somebody did. No foreign keys: it outlives what it is about."""

    __tablename__ = "wall_acts"

    # SQLite counts up only what it calls INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    room_id: Mapped[str] = mapped_column(String(64))
    wall_id: Mapped[str | None] = mapped_column(String(64))
    wall_name: Mapped[str] = mapped_column(String(128))
    at_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    verb: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(128))
    identity: Mapped[str] = mapped_column(String(128))
    detail: Mapped[str] = mapped_column(String(500))

    __table_args__ = (Index("ix_wall_acts_room_id_id", "room_id", "id"),)
