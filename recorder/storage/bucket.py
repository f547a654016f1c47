"""The S3 API as far as recordings need it; every failure as one of `recorder.storage.errors`.

Amazon S3 API reference, 2006-03-01. Checksums are asked for where they are known (SHA-256 of objects and parts), never
as trailers: those are newer than many compatible servers.
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from config import SettingsError
from recorder.storage.errors import ObjectMissing, StorageAway, StorageError, StorageRefuses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from config.settings import S3Settings
    from recorder.storage.body import FileBody
    from recorder.storage.plan import Part

CONNECT_S: Final = 10.0
READ_S: Final = 60.0
_CONNECTIONS: Final = 64
_MISSING: Final = frozenset({"NoSuchKey", "NoSuchUpload", "NotFound", "404"})
_BUSY: Final = frozenset({"SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "Throttling", "429"})
_LOUD: Final = ("botocore", "aiobotocore", "urllib3")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """`checksum`: its SHA-256 as S3 writes it, None when the server keeps none (or another)."""

    size_bytes: int
    checksum: str | None


@dataclass(frozen=True, slots=True)
class StoredPart:
    number: int
    size_bytes: int
    etag: str
    checksum: str | None


class Download:
    """The body of one answer. `close` when done."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def read(self, length: int) -> bytes:
        """Between 1 and `length` bytes, none only at the end. Raises StorageAway."""
        try:
            return bytes(await self._stream.read(length))
        except Exception as error:  # noqa: BLE001 - the HTTP library's own kinds come through here, which are not ours to import
            raise StorageAway(type(error).__name__) from None

    def close(self) -> None:
        self._stream.close()


class Bucket:
    """One bucket. Every call raises StorageAway or StorageRefuses; ObjectMissing where it says so."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    @classmethod
    @asynccontextmanager
    async def open_at(cls, settings: S3Settings) -> AsyncIterator[Bucket]:
        """Connects to nothing yet. Raises SettingsError when the library or the secret is missing."""
        try:
            from aiobotocore.config import AioConfig
            from aiobotocore.session import AioSession
        except ImportError:
            raise SettingsError("recording.s3: the package aiobotocore is not installed (extra: s3)") from None
        for name in _LOUD:  # at debug they write whole requests, signatures too
            logging.getLogger(name).setLevel(logging.WARNING)
        access_key, secret_key = settings.credentials()
        options = AioConfig(
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            max_pool_connections=_CONNECTIONS,
            retries={"total_max_attempts": 1},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if settings.path_style else "virtual"},
        )
        made = AioSession().create_client(
            "s3",
            region_name=settings.region,
            endpoint_url=settings.endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=options,
        )
        async with made as client:
            yield cls(client, settings.bucket or "")

    # ---- objects ----------------------------------------------------------------------------------------------------

    async def head(self, key: str) -> StoredObject | None:
        """None: there is none."""
        try:
            with _translated():
                found = await self._client.head_object(Bucket=self._name, Key=key, ChecksumMode="ENABLED")
        except ObjectMissing:
            return None
        return StoredObject(found["ContentLength"], found.get("ChecksumSHA256"))

    async def put(self, key: str, body: FileBody, checksum: str) -> None:
        """The server compares what arrives with `checksum`."""
        with _translated():
            await self._client.put_object(Bucket=self._name, Key=key, Body=body, ChecksumSHA256=checksum)

    async def get(self, key: str, offset: int, length: int) -> Download:
        """Those bytes, which must be there. Raises ObjectMissing."""
        last = offset + length - 1
        with _translated():
            found = await self._client.get_object(Bucket=self._name, Key=key, Range=f"bytes={offset}-{last}")
        download = Download(found["Body"])
        if not str(found.get("ContentRange", "")).startswith(f"bytes {offset}-{last}/"):
            download.close()
            raise StorageRefuses("another range than the one asked for")
        return download

    async def delete(self, key: str) -> None:
        """Idempotent."""
        try:
            with _translated():
                await self._client.delete_object(Bucket=self._name, Key=key)
        except ObjectMissing:
            return

    async def keys(self, prefix: str) -> list[str]:
        """The first thousand at most."""
        with _translated():
            page = await self._client.list_objects_v2(Bucket=self._name, Prefix=prefix, MaxKeys=1000)
        return [found["Key"] for found in page.get("Contents", ())]

    # ---- uploads in parts -------------------------------------------------------------------------------------------

    async def uploads(self, prefix: str) -> list[tuple[str, str]]:
        """(key, upload id) of those begun and not ended, the first thousand at most."""
        with _translated():
            page = await self._client.list_multipart_uploads(Bucket=self._name, Prefix=prefix, MaxUploads=1000)
        return [(found["Key"], found["UploadId"]) for found in page.get("Uploads", ())]

    async def begin_upload(self, key: str) -> str:
        """Its id."""
        with _translated():
            begun = await self._client.create_multipart_upload(Bucket=self._name, Key=key, ChecksumAlgorithm="SHA256")
        return str(begun["UploadId"])

    async def parts(self, key: str, upload: str) -> list[StoredPart]:
        """Those that have arrived. Raises ObjectMissing."""
        found: list[StoredPart] = []
        marker = 0
        while True:
            with _translated():
                page = await self._client.list_parts(
                    Bucket=self._name, Key=key, UploadId=upload, PartNumberMarker=marker, MaxParts=1000
                )
            rows = page.get("Parts", ())
            found += [
                StoredPart(row["PartNumber"], row["Size"], row["ETag"], row.get("ChecksumSHA256")) for row in rows
            ]
            if not rows or not page.get("IsTruncated"):
                return found
            marker = found[-1].number

    async def put_part(self, key: str, upload: str, part: Part, body: FileBody) -> StoredPart:
        """The server compares what arrives with the part's checksum. Raises ObjectMissing."""
        with _translated():
            answer = await self._client.upload_part(
                Bucket=self._name,
                Key=key,
                UploadId=upload,
                PartNumber=part.number,
                Body=body,
                ChecksumSHA256=part.checksum,
            )
        return StoredPart(part.number, part.length, answer["ETag"], answer.get("ChecksumSHA256"))

    async def end_upload(self, key: str, upload: str, parts: list[StoredPart]) -> None:
        """Makes the object of its parts. Raises ObjectMissing."""
        listed = [
            {"PartNumber": part.number, "ETag": part.etag}
            | ({"ChecksumSHA256": part.checksum} if part.checksum is not None else {})
            for part in parts
        ]
        with _translated():
            await self._client.complete_multipart_upload(
                Bucket=self._name, Key=key, UploadId=upload, MultipartUpload={"Parts": listed}
            )

    async def abort_upload(self, key: str, upload: str) -> None:
        """Idempotent."""
        try:
            with _translated():
                await self._client.abort_multipart_upload(Bucket=self._name, Key=key, UploadId=upload)
        except ObjectMissing:
            return

    async def is_versioned(self) -> bool:
        """Whether deleting leaves older versions behind; False as well when that may not be asked."""
        try:
            with _translated():
                answer = await self._client.get_bucket_versioning(Bucket=self._name)
        except StorageError:
            return False
        return bool(answer.get("Status") == "Enabled")


@contextmanager
def _translated() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _said(error.response) from None
    except (BotoCoreError, TimeoutError) as error:
        raise StorageAway(type(error).__name__) from None


def _said(answer: Any) -> StorageError:
    code = str(answer.get("Error", {}).get("Code", ""))[:64] or "unknown"
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _MISSING:
        return ObjectMissing(code)
    if status >= 500 or status == 0 or code in _BUSY:
        return StorageAway(code)
    return StorageRefuses(code)
