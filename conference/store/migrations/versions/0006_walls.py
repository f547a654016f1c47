"""Walls and their devices, scenes with versions, alarms, acts; and who may see a source."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("audience", sa.String(16), nullable=False, server_default="all"))
    _walls()
    _scenes()
    _alarms()
    _acts()


def downgrade() -> None:
    op.drop_table("wall_acts")
    op.drop_table("wall_alarms")
    op.drop_table("scene_versions")
    op.drop_table("scenes")
    op.drop_table("wall_devices")
    op.drop_table("walls")
    op.drop_column("sources", "audience")


def _walls() -> None:
    op.create_table(
        "walls",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shared_by", sa.String(128), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_walls_room_id_rooms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walls")),
    )
    op.create_index(op.f("ix_walls_room_id"), "walls", ["room_id"])
    op.create_table(
        "wall_devices",
        sa.Column("wall_id", sa.String(64), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("paired_at_s", sa.Float(53), nullable=False),
        sa.Column("paired_by", sa.String(128), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wall_id"], ["walls.id"], name=op.f("fk_wall_devices_wall_id_walls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wall_id", name=op.f("pk_wall_devices")),
    )


def _scenes() -> None:
    op.create_table(
        "scenes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_scenes_room_id_rooms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenes")),
    )
    op.create_index(op.f("ix_scenes_room_id"), "scenes", ["room_id"])
    op.create_table(
        "scene_versions",
        sa.Column("scene_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("saved_at_s", sa.Float(53), nullable=False),
        sa.Column("saved_by", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["scene_id"], ["scenes.id"], name=op.f("fk_scene_versions_scene_id_scenes"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("scene_id", "version", name=op.f("pk_scene_versions")),
    )


def _alarms() -> None:
    op.create_table(
        "wall_alarms",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("identity", sa.String(128), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("raised_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("raised_by", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_wall_alarms_room_id_rooms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_alarms")),
    )


def _acts() -> None:
    op.create_table(
        "wall_acts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("room_id", sa.String(64), nullable=False),
        sa.Column("wall_id", sa.String(64), nullable=True),
        sa.Column("wall_name", sa.String(128), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("verb", sa.String(32), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("identity", sa.String(128), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_acts")),
    )
    op.create_index("ix_wall_acts_room_id_id", "wall_acts", ["room_id", "id"])
    op.create_index(op.f("ix_wall_acts_at_ms"), "wall_acts", ["at_ms"])
