"""The tables. A change here goes with a migration in `migrations/versions`; a test compares the two."""

from sqlalchemy import Float, ForeignKey, Index, Integer, MetaData, String
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
