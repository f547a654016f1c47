"""Two databases, empty for each test: SQLite and a real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from conference.store import Database, open_database
from conference.store.database import database_url
from conference.store.tables import Base
from tests.fakes.postgres import running_postgres


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of the newest layout, without a row."""
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    async with open_database(database_url(url, tmp_path)) as opened:
        async with opened.session() as session:
            for table in reversed(Base.metadata.sorted_tables):
                await session.execute(table.delete())
        yield opened


@pytest.fixture
def database(empty: Database) -> Database:
    """Tests that need something in it override this."""
    return empty
