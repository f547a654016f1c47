"""What a start does not load: importing is most of it, and each crash costs one."""

import json
import subprocess
import sys

import pytest

_LIST = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"


def loaded_by(module: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LIST.format(module=module)], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        # Words of the command line are refused before anything else is there.
        ("server.cli", {"aiohttp", "aiortc", "sqlalchemy", "server.compose", "server.doctor"}),
        # For a database at the newest revision, SQLite, no bucket, nothing composed yet, nobody asking a doctor.
        (
            "server.compose",
            {"aiobotocore", "alembic", "asyncpg", "botocore", "sqlalchemy.dialects.postgresql", "server.doctor"},
        ),
        # What reads and writes media does it in processes of its own.
        (
            "server.compose",
            {"conference.children.worker", "conference.sources.worker", "cv2", "numpy", "recorder.worker"},
        ),
    ],
    ids=["command", "parts", "media"],
)
def test_a_start_loads_only_what_it_needs(module: str, unneeded: set[str]) -> None:
    assert loaded_by(module) & unneeded == set()
