"""Trying out a bucket: whether a recording would arrive, and could be read and deleted again."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import secrets
from typing import TYPE_CHECKING, Final

from recorder.storage.body import FileBody
from recorder.storage.bucket import Bucket
from recorder.storage.errors import StorageAway, StorageRefuses
from recorder.storage.pace import Pace

if TYPE_CHECKING:
    from config.settings import S3Settings

PROBE_S: Final = 20.0
_PROBE_BYTES: Final = 64


async def probe(settings: S3Settings) -> bool:
    """Writes a small object, reads and deletes it; gives whether the bucket keeps older versions of what is deleted.

    Raises SettingsError, StorageAway, StorageRefuses.
    """
    try:
        async with asyncio.timeout(PROBE_S), Bucket.open_at(settings) as bucket:
            await _round_trip(bucket, f"{settings.prefix}probe-{secrets.token_hex(8)}")
            return await bucket.is_versioned()
    except TimeoutError:
        raise StorageAway("no answer") from None


async def _round_trip(bucket: Bucket, key: str) -> None:
    content = secrets.token_bytes(_PROBE_BYTES)
    file = os.memfd_create("probe")
    try:
        os.write(file, content)
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        await bucket.put(key, FileBody(file, 0, _PROBE_BYTES, Pace(0)), checksum)
    finally:
        os.close(file)
    try:
        download = await bucket.get(key, 0, _PROBE_BYTES)
        read = await download.read(_PROBE_BYTES)
        download.close()
        await bucket.keys(key)
        await bucket.uploads(key)
    finally:
        await bucket.delete(key)
    if read != content:
        raise StorageRefuses("what was stored is not what was sent")
