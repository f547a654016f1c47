"""Recordings: tracks, segments, hashed fragments, gaps and events."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _recordings()
    _tracks()
    _segments()
    _fragments()
    _gaps()
    _events()


def downgrade() -> None:
    for table in ("recording_events", "gaps", "fragments", "segments", "recording_tracks", "recordings"):
        op.drop_table(table)


def _recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("room_name", sa.String(128), nullable=False),
        sa.Column("room_kind", sa.String(32), nullable=False),
        sa.Column("started_at_s", sa.Float(53), nullable=False),
        sa.Column("ended_at_s", sa.Float(53), nullable=True),
        sa.Column("started_by", sa.String(128), nullable=False),
        sa.Column("started_by_name", sa.String(128), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at_s", sa.Float(53), nullable=True),
        sa.Column("deleted_by", sa.String(128), nullable=False),
        sa.Column("deleted_reason", sa.String(16), nullable=True),
        sa.Column("deleted_note", sa.String(200), nullable=False),
        sa.Column("purged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    op.create_index("ix_recordings_started_at_s_id", "recordings", ["started_at_s", "id"])
    op.create_index("ix_recordings_room_id_started_at_s", "recordings", ["room_id", "started_at_s"])


def _tracks() -> None:
    op.create_table(
        "recording_tracks",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("participant_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("identity", sa.String(128), nullable=False),
        sa.Column("source", sa.String(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_recording_tracks_recording_id_recordings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_tracks")),
    )
    op.create_index(op.f("ix_recording_tracks_recording_id"), "recording_tracks", ["recording_id"])


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("track_id", sa.String(32), nullable=False),
        sa.Column("codec", sa.String(32), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("merkle_root", sa.LargeBinary(32), nullable=True),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_segments_recording_id_recordings")),
        sa.ForeignKeyConstraint(
            ["track_id"], ["recording_tracks.id"], name=op.f("fk_segments_track_id_recording_tracks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
    )
    op.create_index(op.f("ix_segments_recording_id"), "segments", ["recording_id"])
    op.create_index(op.f("ix_segments_track_id"), "segments", ["track_id"])


def _fragments() -> None:
    op.create_table(
        "fragments",
        sa.Column("segment_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("keyframe_offset", sa.BigInteger(), nullable=True),
        sa.Column("keyframe_ms", sa.BigInteger(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_fragments_segment_id_segments")),
        sa.PrimaryKeyConstraint("segment_id", "number", name=op.f("pk_fragments")),
        sqlite_with_rowid=False,
    )


def _gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("track_id", sa.String(32), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["track_id"], ["recording_tracks.id"], name=op.f("fk_gaps_track_id_recording_tracks")),
        sa.PrimaryKeyConstraint("track_id", "from_ms", "reason", name=op.f("pk_gaps")),
    )


def _events() -> None:
    op.create_table(
        "recording_events",
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("participant_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_recording_events_recording_id_recordings")
        ),
        sa.PrimaryKeyConstraint("recording_id", "at_ms", "kind", "participant_id", name=op.f("pk_recording_events")),
    )
