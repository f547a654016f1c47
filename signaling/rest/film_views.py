"""From films' values to the bodies of the REST interface, and from a wish in JSON to one of ours."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from conference.layout import InvalidLayout, Layout, Size, arrange
from conference.model import film as nouns
from conference.model.errors import MessageInvalid
from conference.model.window import Free
from signaling.recordings.film_words import FILM_WORDS
from signaling.rest import film_models as models
from signaling.rest.source_models import BothLanguages

_SIZES = frozenset({(1920, 1080), (1280, 720)})


def wish_of(body: models.NewFilm, now_s: float) -> nouns.FilmWish:
    """Raises MessageInvalid, InvalidLayout."""
    if (body.width, body.height) not in _SIZES:
        raise MessageInvalid("width, height: 1920x1080 or 1280x720")
    windows = tuple(Free(one.x, one.y, one.width, one.height) for one in body.windows)
    if bool(windows) != (body.layout == "free"):
        raise MessageInvalid("windows: with layout free, and only there")
    if body.from_ms is not None and body.until_ms is not None and body.from_ms >= body.until_ms:
        raise MessageInvalid("fromMs, untilMs: the film ends before it begins")
    if (body.scene is not None) != (body.layout == "scene"):
        raise MessageInvalid("scene: with layout scene, and only there")
    if body.layout != "scene":  # whose board is looked at where it is known
        _check(body, windows)
    offset_min = body.utc_offset_min if body.utc_offset_min is not None else _own_offset_min(now_s)
    return nouns.FilmWish(
        layout=body.layout,
        windows=windows,
        width=body.width,
        height=body.height,
        fps=body.fps,
        preset=body.preset,
        sound=body.sound,
        labels=body.labels,
        clock=body.clock,
        language=body.language,
        utc_offset_min=offset_min,
        from_ms=body.from_ms,
        until_ms=body.until_ms,
    )


def film(found: nouns.Film, progress: nouns.FilmProgress) -> models.Film:
    wish = found.wish
    words = FILM_WORDS[found.reason] if found.reason is not None else None
    return models.Film(
        id=found.id,
        recording=found.recording,
        kind=found.kind,
        state=found.state,
        made_by=found.made_by,
        asked_at=_at(found.asked_at_s),
        ready_at=_at(found.ready_at_s) if found.ready_at_s is not None else None,
        layout=wish.layout,
        scene=_scene(wish.scene) if wish.scene is not None else None,
        width=wish.width,
        height=wish.height,
        fps=wish.fps,
        preset=wish.preset,
        sound=wish.sound,
        labels=wish.labels,
        clock=wish.clock,
        language=wish.language,
        from_ms=found.from_ms,
        until_ms=found.until_ms,
        percent=round(progress.percent, 1),
        speed=round(progress.speed, 2),
        remaining_s=math.ceil(progress.remaining_s) if progress.remaining_s is not None else None,
        bytes=found.size_bytes,
        sha256=found.sha256.hex() if found.sha256 is not None else None,
        duration_ms=found.duration_ms,
        faults=found.faults,
        reason=BothLanguages(zh=words.zh, en=words.en) if words is not None else None,
    )


def _check(body: models.NewFilm, windows: tuple[Free, ...]) -> None:
    try:
        arrange(Size(body.width, body.height), Layout(body.layout, windows), max(1, len(windows)))
    except InvalidLayout as error:
        raise InvalidLayout(str(error)) from None


def _scene(found: nouns.FilmScene) -> models.FilmScene:
    return models.FilmScene(id=found.id, name=found.name, version=found.version)


def _at(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


def _own_offset_min(now_s: float) -> int:
    offset = datetime.fromtimestamp(now_s).astimezone().utcoffset()
    return round(offset.total_seconds() / 60) if offset is not None else 0
