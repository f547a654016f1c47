"""Push addresses: what to enter into an encoder, for each kind of source."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from conference.model.source import SourceKey, SourceKind, SourceRecord
from signaling.operation import Call
from signaling.rest import source_models as models
from signaling.rest.hosts import base_url, host


def push(call: Call, record: SourceRecord, key: SourceKey | None) -> models.Push | None:
    """None for a source that is fetched, and for one whose key was lost."""
    if key is None or not record.kind.pushes:
        return None
    url, stream, full, full_tls = _addresses(call, record, key.secret)
    return models.Push(
        url=url,
        key=key.secret,
        stream=stream,
        full=full,
        full_tls=full_tls,
        expires_at=datetime.fromtimestamp(key.expires_at_s, UTC) if key.expires_at_s is not None else None,
        revoked=key.revoked_at_s is not None,
    )


def _addresses(call: Call, record: SourceRecord, secret: str) -> tuple[str, str, str, str | None]:
    """url, stream, full, full_tls."""
    ports, key = call.edge.desks.source_ports, quote(secret, safe="")
    if record.kind is SourceKind.WHIP:
        url = f"{base_url(call)}/ingest/whip/{record.id}"
        return url, secret, url, None
    if record.kind is SourceKind.RTMP:
        if ports.rtmp is None:
            return "", secret, "", None
        where = f"{host(call)}:{ports.rtmp}/live"
        return f"rtmp://{where}", secret, f"rtmp://{where}/{key}", f"rtmps://{where}/{key}" if ports.tls else None
    if ports.srt is None:
        return "", record.id, "", None
    url = f"srt://{host(call)}:{ports.srt}"
    return url, record.id, f"{url}?streamid={quote(record.id, safe='')}&passphrase={key}&mode=caller", None
