"""From the conference's values about sources to the bodies of the REST interface."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from conference.model import source as nouns
from conference.model.errors import Text
from conference.model.source_words import transcoding_words, words
from conference.results import SourceTest, SourceView
from signaling.operation import Call
from signaling.rest import source_models as models
from signaling.rest.push import push


def source(call: Call, view: SourceView) -> models.Source:
    """A source as administrators see it: never its password."""
    record = view.record
    return models.Source(
        id=record.id,
        name=record.name,
        kind=record.kind,
        rooms=list(record.rooms),
        enabled=record.enabled,
        address=record.address,
        username=record.username,
        has_password=bool(record.password),
        transport=record.transport,
        on_demand=record.on_demand,
        audience=record.audience,
        created_at=datetime.fromtimestamp(record.created_at_s, UTC),
        status=_status(view.status, record.kind),
        measured=_measured(view.measured) if view.measured is not None else None,
        viewers=view.viewers,
        push=push(call, record, view.key),
    )


def event(noted: nouns.SourceEvent, kind: nouns.SourceKind) -> models.SourceEvent:
    """One line of the history of a source of that kind."""
    return models.SourceEvent(
        at=datetime.fromtimestamp(noted.at_s, UTC),
        state=noted.state,
        cause=noted.cause,
        text=_text(words(noted.state, noted.cause, kind=kind)),
        detail=noted.detail,
    )


def tested(result: SourceTest) -> models.TestedSource:
    """What a try at an address showed."""
    return models.TestedSource(
        ok=result.state is nouns.SourceState.LIVE,
        state=result.state,
        cause=result.cause,
        text=_text(words(result.state, result.cause)),
        video_codec=result.video_codec,
        audio_codec=result.audio_codec,
        width=result.width,
        height=result.height,
        fps=result.fps,
        transcoding=list(result.transcoding),
        thumbnail=base64.b64encode(result.thumbnail).decode() if result.thumbnail is not None else None,
        took_ms=result.took_ms,
    )


def _status(status: nouns.SourceStatus, kind: nouns.SourceKind) -> models.SourceStatus:
    why = transcoding_words(status.transcoding)
    return models.SourceStatus(
        state=status.state,
        cause=status.cause,
        since=datetime.fromtimestamp(status.since_ms / 1000, UTC),
        text=_text(words(status.state, status.cause, kind=kind)),
        transcoding=list(status.transcoding),
        transcoding_text=_text(why) if why is not None else None,
    )


def _measured(measured: nouns.Measured) -> models.Measured:
    return models.Measured(
        bitrate_bps=measured.bitrate_bps,
        fps=measured.fps,
        width=measured.width,
        height=measured.height,
        video_codec=measured.video_codec,
        audio_codec=measured.audio_codec,
        picture_age_ms=measured.picture_age_ms,
        content_age_ms=measured.content_age_ms,
    )


def _text(text: Text) -> models.BothLanguages:
    return models.BothLanguages(zh=text.zh, en=text.en)
