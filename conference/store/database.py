"""Opening the database: engine, durability, migrations."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, event, inspect, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_ASYNC_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


@dataclass(frozen=True)
class Database:
    """An open, migrated database. `session()` begins a unit of work; leaving it commits, an exception rolls back."""

    engine: AsyncEngine
    _sessions: async_sessionmaker[AsyncSession]

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions.begin() as session:
            yield session

    async def ping(self) -> None:
        """Raises what the driver raises when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))


def database_url(url: str | None, data: Path) -> str:
    """The URL with its asyncio driver. Without one: SQLite in the data folder."""
    if url is None:
        return f"sqlite+aiosqlite:///{(data / 'huishang.db').absolute()}"
    parsed = make_url(url)
    driver = _ASYNC_DRIVERS.get(parsed.drivername, parsed.drivername)
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


@asynccontextmanager
async def open_database(url: str, *, pool_size: int = 5) -> AsyncIterator[Database]:
    """Migrates to the newest schema, then yields. `url` as given by `database_url`."""
    options: dict[str, Any] = {} if url.startswith("sqlite") else {"pool_size": pool_size, "pool_pre_ping": True}
    engine = create_async_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _make_sqlite_durable)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
        yield Database(engine, async_sessionmaker(engine, expire_on_commit=False))
    finally:
        await asyncio.shield(engine.dispose())


def migrate(connection: Connection, revision: str = "head") -> None:
    """Brings the schema to `revision` inside the caller's transaction."""
    if revision == "head" and _stored_revisions(connection) == [head_revision()]:
        return
    # Its import takes a fifth of a start, which finds nothing to migrate but once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def head_revision() -> str:
    """The newest revision: files of migrations are named NNNN_what.py by their revision, in one line."""
    return max(file.name for file in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _stored_revisions(connection: Connection) -> list[str]:
    """As the migrations left them; none in a new database."""
    # Asked first, because PostgreSQL gives up a transaction in which a statement failed.
    if not inspect(connection).has_table("alembic_version"):
        return []
    return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _make_sqlite_durable(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # WAL lets readers go on while one writes; FULL syncs each commit: an acknowledged change survives a power cut.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
