"""Sources: cameras, drones and encoders, their rooms, keys and history."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sources()
    _source_rooms()
    _source_keys()
    _source_history()


def downgrade() -> None:
    op.drop_table("source_history")
    op.drop_table("source_keys")
    op.drop_table("source_rooms")
    op.drop_table("sources")


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_sealed", sa.Text(), nullable=False),
        sa.Column("transport", sa.String(16), nullable=False),
        sa.Column("on_demand", sa.Boolean(), nullable=False),
        sa.Column("video_codec", sa.String(32), nullable=False),
        sa.Column("audio_codec", sa.String(32), nullable=False),
        sa.Column("created_at_s", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
    )


def _source_rooms() -> None:
    op.create_table(
        "source_rooms",
        sa.Column("source_id", sa.String(64), nullable=False),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_rooms_source_id_sources"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_source_rooms_room_id_rooms")),
        sa.PrimaryKeyConstraint("source_id", "room_id", name=op.f("pk_source_rooms")),
    )
    op.create_index(op.f("ix_source_rooms_room_id"), "source_rooms", ["room_id"])


def _source_keys() -> None:
    op.create_table(
        "source_keys",
        sa.Column("source_id", sa.String(64), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("issued_at_s", sa.Float(53), nullable=False),
        sa.Column("expires_at_s", sa.Float(53), nullable=True),
        sa.Column("revoked_at_s", sa.Float(53), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_keys_source_id_sources"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source_keys")),
    )
    op.create_index(op.f("ix_source_keys_secret_hash"), "source_keys", ["secret_hash"], unique=True)


def _source_history() -> None:
    op.create_table(
        "source_history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.String(64), nullable=False),
        sa.Column("at_s", sa.Float(53), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("cause", sa.String(32), nullable=True),
        sa.Column("detail", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_history_source_id_sources"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_history")),
    )
    op.create_index(op.f("ix_source_history_at_s"), "source_history", ["at_s"])
    op.create_index("ix_source_history_source_id_id", "source_history", ["source_id", "id"])
