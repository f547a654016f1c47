"""Recordings in an S3-compatible object storage: carried there in the background, read from there like local ones.

uploader ── upload (plan → parts → proof) ──> bucket ──> S3
   │                                            ▲
 spool (when a local copy may go)        remote (ranges), objects (deletion, materialise)

aiobotocore is imported by `bucket` alone, and only when a bucket is set (docs/decisions/0008).
"""

from recorder.storage.errors import ObjectMissing, StorageAway, StorageError, StorageRefuses
from recorder.storage.service import ObjectStorage, open_storage

__all__ = ["ObjectMissing", "ObjectStorage", "StorageAway", "StorageError", "StorageRefuses", "open_storage"]
