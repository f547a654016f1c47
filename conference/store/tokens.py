"""Issued and revoked join tokens in SQL."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from conference.model.records import TokenRecord
from conference.store.database import Database
from conference.store.tables import RevokedTokenRow, TokenRow

_REVOKED = select(RevokedTokenRow.id).where(RevokedTokenRow.id == bindparam("id"))


class SqlTokenStore:
    """Implements `conference.ports.TokenStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, token: TokenRecord) -> None:
        row = TokenRow(
            id=token.id,
            room_id=token.room,
            role=token.role.value,
            identity=token.identity,
            name=token.name,
            issued_at_s=token.issued_at_s,
            expires_at_s=token.expires_at_s,
        )
        async with self._database.session() as session:
            session.add(row)

    async def revoke(self, token_id: str, *, revoked_at_s: float) -> None:
        try:
            async with self._database.session() as session:
                if await session.get(RevokedTokenRow, token_id) is None:
                    session.add(RevokedTokenRow(id=token_id, revoked_at_s=revoked_at_s))
        except IntegrityError:
            return  # Another request revoked it between our look and our insert: the same outcome.

    async def is_revoked(self, token_id: str) -> bool:
        # Asked at every join: a bare statement costs half of a unit of work.
        async with self._database.engine.connect() as connection:
            return (await connection.execute(_REVOKED, {"id": token_id})).first() is not None
