"""What can go wrong with an object storage. Their texts are made of its stable codes alone: what a server says in its
own words may repeat what it was sent."""

from __future__ import annotations


class StorageError(OSError):
    """An OSError, as a disk's: whoever reads recordings treats both alike. `code`: S3's own, or the kind of failure."""

    def __init__(self, code: str) -> None:
        super().__init__(f"object storage: {code}")
        self.code = code


class StorageAway(StorageError):
    """Not reached, too slow or overloaded: the same request may succeed later."""


class StorageRefuses(StorageError):
    """It answers, and does not want to: keys, rights or the bucket's name are wrong until somebody corrects them."""


class ObjectMissing(StorageError):
    """There is no such object or upload."""


class NotProven(StorageError):
    """It took an object and has something else: this one is not relied on, others may be well."""

    def __init__(self) -> None:
        super().__init__("what was stored is not what was sent")


class Damaged(Exception):
    """The local file is not what the index says; it must not take the place of what was recorded."""
