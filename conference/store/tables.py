"""The tables. A change here goes with a migration in `migrations/versions`; a test compares the two."""

from sqlalchemy import BigInteger, Boolean, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    # Named constraints, so that both databases can alter them in a migration.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class RoomRow(Base):
    """A room; `closed_at_s` set means that it ended. Times are Unix seconds of the server's clock."""

    __tablename__ = "rooms"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    max_participants: Mapped[int] = mapped_column(Integer)
    created_at_s: Mapped[float] = mapped_column(Float(53))
    closed_at_s: Mapped[float | None] = mapped_column(Float(53))
    record_automatically: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (Index("ix_rooms_closed_at_s_created_at_s", "closed_at_s", "created_at_s"),)


class TokenRow(Base):
    """A join token that was issued; the token itself is never stored, only its id (`jti`)."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    room_id: Mapped[str] = mapped_column(String(64), ForeignKey("rooms.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    identity: Mapped[str | None] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(128))
    issued_at_s: Mapped[float] = mapped_column(Float(53))
    expires_at_s: Mapped[float] = mapped_column(Float(53))


class RevokedTokenRow(Base):
    """A token id that no longer works; also ids issued elsewhere with the shared key, so no foreign key."""

    __tablename__ = "revoked_tokens"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    revoked_at_s: Mapped[float] = mapped_column(Float(53))


class SourceRow(Base):
    """A camera, drone or encoder. `password_sealed`: by `sealing.Sealer`, "" when it has none."""

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    enabled: Mapped[bool] = mapped_column(Boolean)
    address: Mapped[str] = mapped_column(Text)
    username: Mapped[str] = mapped_column(Text)
    password_sealed: Mapped[str] = mapped_column(Text)
    transport: Mapped[str] = mapped_column(String(16))
    on_demand: Mapped[bool] = mapped_column(Boolean)
    video_codec: Mapped[str] = mapped_column(String(32))
    audio_codec: Mapped[str] = mapped_column(String(32))
    created_at_s: Mapped[float] = mapped_column(Float(53))
    audience: Mapped[str] = mapped_column(String(16))


class SourceRoomRow(Base):
    """A room a source is in; `position`: its place in the source's list."""

    __tablename__ = "source_rooms"

    source_id: Mapped[str] = mapped_column(String(64), ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    room_id: Mapped[str] = mapped_column(String(64), ForeignKey("rooms.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(Integer)


class SourceKeyRow(Base):
    """The key of a pushing source. `secret_hash` (SHA-256, hex) finds it, `secret_sealed` shows it again."""

    __tablename__ = "source_keys"

    source_id: Mapped[str] = mapped_column(String(64), ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), index=True, unique=True)
    secret_sealed: Mapped[str] = mapped_column(Text)
    issued_at_s: Mapped[float] = mapped_column(Float(53))
    expires_at_s: Mapped[float | None] = mapped_column(Float(53))
    revoked_at_s: Mapped[float | None] = mapped_column(Float(53))


class SourceEventRow(Base):
    """One line of a source's history; ids rise in the order in which things happened, whatever the clock did."""

    __tablename__ = "source_history"

    # SQLite counts up only what it calls INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(64), ForeignKey("sources.id", ondelete="CASCADE"))
    at_s: Mapped[float] = mapped_column(Float(53), index=True)
    state: Mapped[str] = mapped_column(String(32))
    cause: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(String(200))

    __table_args__ = (Index("ix_source_history_source_id_id", "source_id", "id"),)


class RecordingRow(Base):
    """A recording, or the tombstone of one (`deleted_at_s` set; `purged`: its files and fragments are gone too). No
    foreign key to the room: it outlives it."""

    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    room_id: Mapped[str] = mapped_column(String(64))
    room_name: Mapped[str] = mapped_column(String(128))
    room_kind: Mapped[str] = mapped_column(String(32))
    started_at_s: Mapped[float] = mapped_column(Float(53))
    ended_at_s: Mapped[float | None] = mapped_column(Float(53))
    started_by: Mapped[str] = mapped_column(String(128))
    started_by_name: Mapped[str] = mapped_column(String(128))
    automatic: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(16))
    legal_hold: Mapped[bool] = mapped_column(Boolean)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    deleted_at_s: Mapped[float | None] = mapped_column(Float(53))
    deleted_by: Mapped[str] = mapped_column(String(128))
    deleted_reason: Mapped[str | None] = mapped_column(String(16))
    deleted_note: Mapped[str] = mapped_column(String(200))
    purged: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        Index("ix_recordings_started_at_s_id", "started_at_s", "id"),
        Index("ix_recordings_room_id_started_at_s", "room_id", "started_at_s"),
    )


class RecordedTrackRow(Base):
    """A track of a recording. `source` is NULL for a film and for what was found without an index."""

    __tablename__ = "recording_tracks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    recording_id: Mapped[str] = mapped_column(String(32), ForeignKey("recordings.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    started_at_ms: Mapped[int] = mapped_column(BigInteger)
    participant_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    identity: Mapped[str] = mapped_column(String(128))
    source: Mapped[str | None] = mapped_column(String(16))


class SegmentRow(Base):
    """A file of a recording. `recording_id` is its track's, here so that sizes are summed without a join."""

    __tablename__ = "segments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    recording_id: Mapped[str] = mapped_column(String(32), ForeignKey("recordings.id"), index=True)
    track_id: Mapped[str] = mapped_column(String(32), ForeignKey("recording_tracks.id"), index=True)
    codec: Mapped[str] = mapped_column(String(32))
    started_at_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(16))
    merkle_root: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class FragmentRow(Base):
    """A synced second of a segment. The largest table by far: no row ids, nothing that can be looked up elsewhere."""

    __tablename__ = "fragments"

    segment_id: Mapped[str] = mapped_column(String(32), ForeignKey("segments.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    keyframe_offset: Mapped[int | None] = mapped_column(BigInteger)
    keyframe_ms: Mapped[int | None] = mapped_column(BigInteger)
    verified: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own form


class GapRow(Base):
    """What is missing from a track; `until_ms` NULL: it lasts."""

    __tablename__ = "gaps"

    track_id: Mapped[str] = mapped_column(String(32), ForeignKey("recording_tracks.id"), primary_key=True)
    from_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reason: Mapped[str] = mapped_column(String(16), primary_key=True)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)


class RecordingEventRow(Base):
    """A mark on the time line of a recording."""

    __tablename__ = "recording_events"

    recording_id: Mapped[str] = mapped_column(String(32), ForeignKey("recordings.id"), primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    participant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))


class FilmRow(Base):
    """A composed film. A ready one is a segment, too, with the same id. `windows`: JSON, four numbers for each;
    `scene`: JSON, the whole of it."""

    __tablename__ = "films"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    recording_id: Mapped[str] = mapped_column(String(32), ForeignKey("recordings.id"))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    made_by: Mapped[str] = mapped_column(String(128))
    asked_at_s: Mapped[float] = mapped_column(Float(53))
    ready_at_s: Mapped[float | None] = mapped_column(Float(53))
    layout: Mapped[str] = mapped_column(String(16))
    windows: Mapped[str] = mapped_column(Text)
    scene: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    fps: Mapped[int] = mapped_column(Integer)
    preset: Mapped[str] = mapped_column(String(16))
    sound: Mapped[str] = mapped_column(String(16))
    labels: Mapped[bool] = mapped_column(Boolean)
    clock: Mapped[bool] = mapped_column(Boolean)
    language: Mapped[str] = mapped_column(String(16))
    utc_offset_min: Mapped[int] = mapped_column(Integer)
    from_ms: Mapped[int | None] = mapped_column(BigInteger)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    duration_ms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(String(16))
    faults: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("ix_films_recording_id_asked_at_s", "recording_id", "asked_at_s"),)
