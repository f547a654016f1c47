"""The key of a pushing source, shown as Bearer: who asks learns nothing about sources whose key they do not have."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from conference.model.errors import ChildUnavailable, KeyExpired, KeyInvalid, SourceNotFound
from conference.model.ids import SourceId
from conference.model.source import SourceKey, SourceKind
from signaling.edge import Edge
from signaling.limits import is_id

WHIP: Final = frozenset({SourceKind.WHIP})


async def check_source_key(edge: Edge, source: str, given: str, *, kinds: frozenset[SourceKind] = WHIP) -> None:
    """`kinds`: whose keys count here.

    Raises KeyInvalid, alike for a source that is not there, is of another kind, or has another key; KeyExpired for the
    right key that was revoked or is too old; ChildUnavailable on a server without sources.
    """
    key = await _key(edge, source, kinds)
    expected = key.secret if key is not None else ""
    # Digests are compared, so that not even the length leaks; a source that is not there costs the same comparison.
    same = hmac.compare_digest(_digest(given), _digest(expected))
    if key is None or not key.secret or not same:
        raise KeyInvalid
    expired = key.expires_at_s is not None and key.expires_at_s <= edge.wall_s()
    if expired or key.revoked_at_s is not None:
        raise KeyExpired(key.source)


async def _key(edge: Edge, source: str, kinds: frozenset[SourceKind]) -> SourceKey | None:
    if edge.desks.sources is None:
        raise ChildUnavailable("no source desk")
    # What cannot be an id takes the same way as an id that nobody has.
    wanted = SourceId(source) if is_id(source) else SourceId("-")
    try:
        view = await edge.desks.sources.get(wanted)
    except SourceNotFound:
        return None
    return view.key if view.record.kind in kinds else None


def _digest(text: str) -> bytes:
    # A header may hold bytes that are no UTF-8; aiohttp hands them on as lone surrogates.
    return hashlib.sha256(text.encode(errors="surrogateescape")).digest()
