"""From the conference's values to the words of the WebSocket."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from conference.model.errors import HuishangError
from conference.model.events import ParticipantJoined, ParticipantLeft, ParticipantUpdated
from conference.model.ids import ParticipantId
from conference.model.outgoing import (
    LayerChanged,
    LayoutShared,
    MidTrack,
    Outgoing,
    RecordingChanged,
    RecordingMark,
    RoomSnapshot,
    ScenesChanged,
    SourcesMeasured,
    SpeakersChanged,
    SubscribeOffered,
    WallLeft,
    WallReported,
    WallShown,
)
from conference.model.participant import ParticipantView, SourceFeed
from conference.model.source import Measured
from conference.model.track import TrackView
from signaling import protocol as wire
from signaling import wall_protocol as wall_wire
from signaling.wall_words import layout_word, seen_word, wall_word


class Words:
    """Encodes what is delivered. A room gives the same event to all its people one after another: it is encoded once.

    `wall_s`: Unix time.
    """

    def __init__(self, wall_s: Callable[[], float]) -> None:
        self._wall_s = wall_s
        self._last: tuple[Outgoing, bytes] | None = None

    def encode(self, message: Outgoing) -> bytes:
        """The text of the frame."""
        if self._last is not None and self._last[0] is message:
            return self._last[1]
        text = wire.encode(word(message, wall_s=self._wall_s))
        self._last = (message, text)
        return text


def word(  # noqa: PLR0911, PLR0912 - a closed union
    message: Outgoing, *, wall_s: Callable[[], float]
) -> wire.ServerMessage:
    """What the peer is told. `wall_s`: Unix time."""
    match message:
        case RoomSnapshot():
            return _welcome(message, server_time_ms=int(wall_s() * 1000))
        case ParticipantJoined(participant):
            return wire.Joined(participant=person(participant))
        case ParticipantUpdated(participant):
            return wire.Updated(participant=person(participant))
        case ParticipantLeft(participant, reason):
            return wire.Left(participant=participant, reason=reason.value)
        case SubscribeOffered():
            return wire.SubscribeOffer(offer=message.number, sdp=message.sdp, tracks=mids(message.tracks))
        case LayerChanged():
            return wire.Layer(
                track=message.track, layer=message.layer, temporal=message.temporal, reason=message.reason.value
            )
        case SpeakersChanged(participants):
            return wire.Speakers(participants=list(participants))
        case RecordingChanged(mark):
            return wire.Recording(recording=_mark(mark))
        case SourcesMeasured(sources):
            return wire.Sources(sources=[_numbers(participant, measured) for participant, measured in sources])
        case WallShown(view):
            return wall_word(view)
        case WallLeft(wall):
            return wall_wire.WallGone(wall=wall)
        case WallReported():
            return seen_word(message)
        case ScenesChanged():
            return wall_wire.ScenesChanged()
        case LayoutShared():
            return layout_word(message)
        case _:
            assert_never(message)


def _mark(mark: RecordingMark | None) -> wire.RecordingMark | None:
    if mark is None:
        return None
    return wire.RecordingMark(
        id=mark.id, started_by=mark.started_by, started_at_ms=mark.started_at_ms, alarm=mark.alarm
    )


def person(view: ParticipantView) -> wire.Participant:
    """A participant as everyone in the room sees it."""
    return wire.Participant(
        id=view.id,
        identity=view.identity,
        name=view.name,
        role=view.role.value,
        kind=view.kind.value,
        presence=view.presence.value,
        joined_at_ms=view.joined_at_ms,
        quality=view.quality,
        tracks=[_track(track) for track in view.tracks],
        feed=_feed(view.feed) if view.feed is not None else None,
        audience=view.audience.value,
    )


def mids(tracks: tuple[MidTrack, ...]) -> list[wire.PublishedTrack]:
    """Which m-section carries which track."""
    return [wire.PublishedTrack(mid=entry.mid, track=entry.track) for entry in tracks]


def refused(error: HuishangError, *, about: str | None = None, offer: int | None = None) -> wire.Refused:
    """A request that was not done."""
    return wire.Refused(code=error.code, text=_text(error), about=about, offer=offer)


def goodbye(error: HuishangError, *, again: bool) -> wire.Goodbye:
    """The last word before the server closes."""
    return wire.Goodbye(code=error.code, text=_text(error), again=again)


def _welcome(snapshot: RoomSnapshot, *, server_time_ms: int) -> wire.Welcome:
    return wire.Welcome(
        version=wire.VERSION,
        you=snapshot.you,
        room=wire.Room(
            id=snapshot.room.id,
            name=snapshot.room.name,
            started_at_ms=snapshot.room.started_at_ms,
            recording=_mark(snapshot.room.recording),
        ),
        participants=[person(view) for view in snapshot.participants],
        resume=snapshot.resume_token,
        resume_ttl_s=snapshot.resume_ttl_s,
        resumed=snapshot.resumed,
        server_time_ms=server_time_ms,
    )


def _track(view: TrackView) -> wire.Track:
    return wire.Track(
        id=view.id,
        kind=view.kind.value,
        source=view.source.value,
        muted=view.muted,
        blocked=view.blocked,
        receiving=view.receiving,
    )


def _feed(feed: SourceFeed) -> wire.Feed:
    status = feed.status
    return wire.Feed(
        source=feed.source,
        kind=feed.kind.value,
        state=status.state.value,
        cause=status.cause.value if status.cause is not None else None,
        since_ms=status.since_ms,
        transcoding=[reason.value for reason in status.transcoding],
    )


def _numbers(participant: ParticipantId, measured: Measured) -> wire.SourceNumbers:
    return wire.SourceNumbers(
        participant=participant,
        bitrate_bps=measured.bitrate_bps,
        fps=measured.fps,
        width=measured.width,
        height=measured.height,
        video_codec=measured.video_codec,
        audio_codec=measured.audio_codec,
        picture_age_ms=measured.picture_age_ms,
        content_age_ms=measured.content_age_ms,
    )


def _text(error: HuishangError) -> wire.Text:
    return wire.Text(zh=error.text.zh, en=error.text.en)
