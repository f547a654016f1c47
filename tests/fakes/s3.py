"""The object storage of the tests: started, cut off, set to fail; and settings that lead to it."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

import config
from config.settings import S3Settings
from tests.fakes.s3_server import ACCESS_KEY, BUCKET, SECRET_KEY
from tests.fakes.server import free_port

ROOT = Path(__file__).parents[2]
MIB = 1 << 20


def settings_for(port: int, **more: object) -> S3Settings:
    words: dict[str, object] = {
        "bucket": BUCKET,
        "endpoint": f"http://127.0.0.1:{port}",
        "access_key": SecretStr(ACCESS_KEY),
        "secret_key": SecretStr(SECRET_KEY),
        "part_bytes": 5 * MIB,
        **more,
    }
    return config.load().recording.s3.model_copy(update=words)


class S3Process:
    """`stop` it as a failing machine would, `start` it again with all it had."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        await asyncio.to_thread(self.start_now)

    def start_now(self) -> None:
        words = (sys.executable, "-m", "tests.fakes.s3_server", str(self.port), str(self.root))
        self._process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    async def stop(self) -> None:
        await asyncio.to_thread(self.stop_now)

    def stop_now(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    async def fail(self, **faults: int) -> None:
        await asyncio.to_thread(self._ask, "/-/faults", json.dumps(faults).encode())

    async def asked(self) -> list[str]:
        """ "METHOD key" of all requests since it was started."""
        return list(json.loads(await asyncio.to_thread(self._ask, "/-/requests", None)))

    def _ask(self, path: str, body: bytes | None) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", body, timeout=10) as answer:
            return bytes(answer.read())

    def stored(self) -> dict[str, bytes]:
        """Every object by its key."""
        files = [path for path in (self.root / "objects").iterdir() if path.suffix not in (".json", ".new")]
        return {path.name.replace("%2F", "/"): path.read_bytes() for path in files}

    def half(self) -> list[str]:
        """Uploads that were begun and not ended."""
        return [path.name for path in (self.root / "uploads").iterdir()]


@asynccontextmanager
async def object_storage(root: Path) -> AsyncIterator[S3Process]:
    process = S3Process(root)
    await process.start()
    try:
        yield process
    finally:
        await process.stop()
