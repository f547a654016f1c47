"""Composed films of recordings: what was wished for, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "films",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("asked_at_s", sa.Float(53), nullable=False),
        sa.Column("ready_at_s", sa.Float(53), nullable=True),
        sa.Column("layout", sa.String(16), nullable=False),
        sa.Column("windows", sa.Text(), nullable=False),
        sa.Column("scene", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("fps", sa.Integer(), nullable=False),
        sa.Column("preset", sa.String(16), nullable=False),
        sa.Column("sound", sa.String(16), nullable=False),
        sa.Column("labels", sa.Boolean(), nullable=False),
        sa.Column("clock", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("utc_offset_min", sa.Integer(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=True),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=True),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_films_recording_id_recordings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_films")),
    )
    op.create_index("ix_films_recording_id_asked_at_s", "films", ["recording_id", "asked_at_s"])
    op.create_index("ix_films_state", "films", ["state"])


def downgrade() -> None:
    op.drop_table("films")
