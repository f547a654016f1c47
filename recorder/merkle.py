"""The Merkle root of a segment's fragments: a tree hash as of RFC 6962 section 2.1, with SHA-256.

The entries are the SHA-256 digests of the fragments in their order. A leaf is SHA-256(0x00 ‖ digest), a node
SHA-256(0x01 ‖ left ‖ right), split at the largest power of two below the count; without entries it is SHA-256 of
nothing. The two prefixes keep a node from passing for a leaf.
"""

from __future__ import annotations

import hashlib
from typing import Final

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


class MerkleTree:
    """Takes digests one by one; holds one hash per level, so 64 for any number of fragments."""

    def __init__(self) -> None:
        self._whole: list[bytes | None] = []  # at i: the root of a full tree of 2**i leaves that waits for its twin

    def add(self, digest: bytes) -> None:
        carried = hashlib.sha256(b"\0" + digest).digest()
        for level, waiting in enumerate(self._whole):
            if waiting is None:
                self._whole[level] = carried
                return
            carried = _node(waiting, carried)
            self._whole[level] = None
        self._whole.append(carried)

    def root(self) -> bytes:
        """32 bytes, of what was added so far."""
        right: bytes | None = None
        for left in self._whole:  # the smallest trees stand furthest right
            if left is not None:
                right = left if right is None else _node(left, right)
        return right if right is not None else EMPTY_ROOT


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
