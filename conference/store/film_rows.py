"""Films as rows and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

import msgspec

from conference.model.film import Film, FilmKind, FilmReason, FilmScene, FilmState, FilmWish
from conference.model.ids import RecordingId, SegmentId
from conference.model.window import Free
from conference.store.tables import FilmRow

if TYPE_CHECKING:
    from conference.model.film import Language, LayoutName, Preset, Sound
    from conference.store.recording_rows import Columns

_NAME_CHARS: Final = 128
_encode_scene: Final = msgspec.json.Encoder().encode
_decode_scene: Final = msgspec.json.Decoder(FilmScene).decode


def film_columns(film: Film) -> Columns:
    wish = film.wish
    return {
        "id": film.id,
        "recording_id": film.recording,
        "kind": film.kind.value,
        "state": film.state.value,
        "made_by": film.made_by[:_NAME_CHARS],
        "asked_at_s": film.asked_at_s,
        "layout": wish.layout,
        "windows": json.dumps([[one.x, one.y, one.width, one.height] for one in wish.windows]),
        "scene": _encode_scene(wish.scene).decode() if wish.scene is not None else None,
        "width": wish.width,
        "height": wish.height,
        "fps": wish.fps,
        "preset": wish.preset,
        "sound": wish.sound,
        "labels": wish.labels,
        "clock": wish.clock,
        "language": wish.language,
        "utc_offset_min": wish.utc_offset_min,
        "from_ms": wish.from_ms,
        "until_ms": wish.until_ms,
        **ending_columns(film),
    }


def ending_columns(film: Film) -> Columns:
    """What is known of it when it is over."""
    return {
        "ready_at_s": film.ready_at_s,
        "size_bytes": film.size_bytes,
        "sha256": film.sha256,
        "duration_ms": film.duration_ms,
        "reason": film.reason.value if film.reason is not None else None,
        "faults": film.faults,
    }


def film_of(row: FilmRow, state: FilmState | None = None) -> Film:
    """`state`: what it was, when the row does not tell it any more."""
    return Film(
        id=SegmentId(row.id),
        recording=RecordingId(row.recording_id),
        asked_at_s=row.asked_at_s,
        wish=_wish_of(row),
        kind=FilmKind(row.kind),
        made_by=row.made_by,
        state=state or FilmState(row.state),
        ready_at_s=row.ready_at_s,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        duration_ms=row.duration_ms,
        reason=FilmReason(row.reason) if row.reason is not None else None,
        faults=row.faults,
    )


def _wish_of(row: FilmRow) -> FilmWish:
    return FilmWish(
        layout=cast("LayoutName", row.layout),
        windows=tuple(Free(*numbers) for numbers in json.loads(row.windows)),
        scene=_decode_scene(row.scene) if row.scene is not None else None,
        width=row.width,
        height=row.height,
        fps=row.fps,
        preset=cast("Preset", row.preset),
        sound=cast("Sound", row.sound),
        labels=row.labels,
        clock=row.clock,
        language=cast("Language", row.language),
        utc_offset_min=row.utc_offset_min,
        from_ms=row.from_ms,
        until_ms=row.until_ms,
    )
