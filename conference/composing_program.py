"""From who is in a room to what a composed stream shows and hears. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from conference.composing import MAX_COMPOSED_PANES, MAX_LABEL, ComposedLayout, ComposedPane, Cover, Placed, Program
from conference.layout import FREE, InvalidLayout, Layout, Rect, Size, arrange
from conference.media.forwarding import Forwardable
from conference.media.tap import TapTrack
from conference.model.audience import Audience
from conference.model.ids import ParticipantId, TrackId
from conference.model.participant import ParticipantKind, ParticipantView
from conference.model.track import Kind, Source, TrackView
from conference.model.window import Free

MAX_PICTURES: Final = 36
MAX_VOICES: Final = 16
_SHOWN: Final = (ParticipantKind.PERSON, ParticipantKind.ENCODER, ParticipantKind.SOURCE)
_WHOLE: Final = ComposedPane(window=Free(0.0, 0.0, 1.0, 1.0), cover="waiting")


@dataclass(frozen=True, slots=True)
class Pane:
    """A pane with its rectangle in pixels."""

    pane: ComposedPane
    cell: Rect


def placed_panes(panes: Sequence[ComposedPane], size: Size) -> tuple[Pane, ...]:
    """As somebody has told them. Raises InvalidLayout for panes that overlap, lie outside or are too many."""
    if len(panes) > MAX_COMPOSED_PANES:
        raise InvalidLayout(f"{len(panes)} panes")
    cells = arrange(size, Layout(FREE, tuple(pane.window for pane in panes)), len(panes))
    return tuple(Pane(pane, cell) for pane, cell in zip(panes, cells, strict=True))


def automatic_panes(
    layout: ComposedLayout, size: Size, people: Sequence[ParticipantView], speaker: ParticipantId | None
) -> tuple[Pane, ...]:
    """Whoever has a picture, shared screens first, then in the order of joining; the speaker is the large one where
    there is one, unless a screen is. Who is for hosts only is not shown."""
    shown = [person for person in people if person.kind in _SHOWN and person.audience is Audience.ALL]
    pictures = [(person, screen) for screen in (True, False) for person in shown if _picture(person, screen=screen)]
    if layout is not ComposedLayout.GRID and not any(screen for _, screen in pictures):
        pictures.sort(key=lambda picture: picture[0].id != speaker)
    if not pictures:
        return placed_panes([_WHOLE], size)
    cells = arrange(size, Layout(layout.value), min(len(pictures), MAX_PICTURES))
    return tuple(
        Pane(
            ComposedPane(window=_WHOLE.window, participant=person.id, screen=screen, label=person.name[:MAX_LABEL]),
            cell,
        )
        for (person, screen), cell in zip(pictures, cells, strict=False)
    )


def pictures_of(panes: Sequence[Pane], published: Sequence[Forwardable]) -> dict[TrackId, tuple[Forwardable, Rect]]:
    """Which tracks the panes show, each with the largest cell it has."""
    tracks = {(track.owner, track.screen): track for track in published if track.kind is Kind.VIDEO}
    found: dict[TrackId, tuple[Forwardable, Rect]] = {}
    for each in panes:
        track = _wanted(each.pane, tracks)
        if track is None:
            continue
        known = found.get(track.track)
        if known is None or known[1].width * known[1].height < each.cell.width * each.cell.height:
            found[track.track] = (track, each.cell)
    return found


def voices_of(
    published: Sequence[Forwardable],
    people: Mapping[ParticipantId, ParticipantView],
    loudest: Sequence[TrackId],
    carried: Collection[TrackId],
    *,
    all_of_them: bool,
) -> list[Forwardable]:
    """Who can be heard: the loudest of late, and as many others as there is room for. `all_of_them`: also who is for
    hosts only."""
    rank = {track: position for position, track in enumerate(loudest)}
    voices = [track for track in published if track.kind is Kind.AUDIO and track.owner in people]
    if not all_of_them:
        voices = [track for track in voices if people[track.owner].audience is Audience.ALL]
    voices.sort(key=lambda track: (rank.get(track.track, len(rank)), track.track not in carried))
    return voices[:MAX_VOICES]


def program(
    panes: Sequence[Pane],
    tapped: Sequence[TapTrack],
    people: Mapping[ParticipantId, ParticipantView],
) -> Program:
    """What is shown and heard now. The covers say why a picture is missing."""
    pictures = {(tap.owner, tap.screen): tap for tap in tapped if tap.kind is Kind.VIDEO}
    return Program(tracks=tuple(tapped), places=tuple(_placed(each, pictures, people) for each in panes))


def _wanted(pane: ComposedPane, tracks: Mapping[tuple[ParticipantId, bool], Forwardable]) -> Forwardable | None:
    if pane.participant is None or pane.cover:
        return None
    return tracks.get((pane.participant, pane.screen))


def _placed(
    each: Pane,
    pictures: Mapping[tuple[ParticipantId, bool], TapTrack],
    people: Mapping[ParticipantId, ParticipantView],
) -> Placed:
    pane = each.pane
    bare = Placed(
        cell=each.cell,
        label=pane.label[:MAX_LABEL],
        cover=pane.cover,
        text=pane.text,
        says=pane.says,
        at_s=pane.at_s,
        alarm=pane.frame == "alarm",
    )
    if pane.participant is None:
        return bare
    person = people.get(pane.participant)
    if person is None:
        return replace(bare, cover=pane.cover or "absent")
    muted = not pane.screen and person.kind is ParticipantKind.PERSON and not _heard(person)
    cover = pane.cover or _cover(person, screen=pane.screen)
    tap = pictures.get((pane.participant, pane.screen))
    return replace(bare, muted=muted, cover=cover, track=tap.number if tap is not None and not cover else None)


def _picture(person: ParticipantView, *, screen: bool) -> TrackView | None:
    source = Source.SCREEN if screen else Source.CAMERA
    return next((track for track in person.tracks if track.source is source and not track.blocked), None)


def _heard(person: ParticipantView) -> bool:
    return any(track.source is Source.MICROPHONE and not track.muted for track in person.tracks)


def _cover(person: ParticipantView, *, screen: bool) -> Cover:
    track = _picture(person, screen=screen)
    if track is None:
        return "sound" if any(each.kind is Kind.AUDIO for each in person.tracks) else "off"
    return "off" if track.muted else ""
