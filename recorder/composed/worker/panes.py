"""What lies where: places of the core's program as tiles of the composer, each with the truth about its picture."""

from collections.abc import Mapping, Sequence
from typing import Final

from conference.layout import Rect
from recorder.composed import words
from recorder.composed.worker.picture import LivePicture
from recorder.film.card import Card
from recorder.film.composer import Composer
from recorder.film.job import Language
from recorder.film.scale import Picture
from recorder.film.tile import Place

STALE_US: Final = 2_000_000
"""A picture that is older is not shown as if it were live."""
_STILL: Final[dict[Language, str]] = {"zh-CN": "静止 {} 秒", "en": "still for {} s"}


class Panes:
    """A camera without new pictures is covered; a shared screen may stand still, and then says for how long."""

    def __init__(self, composer: Composer, language: Language) -> None:
        self._composer = composer
        self._still = _STILL[language]
        self._places: tuple[words.Place, ...] = ()
        self._tiles: list[str] = []
        self._of_track: dict[int, list[str]] = {}
        self._cells: dict[int, list[Rect]] = {}
        self._ages_s: dict[int, int] = {}
        self._spoilt = True
        self.waiting = 0
        """Placed tracks without a picture, at the last tick."""

    def arrange(self, places: Sequence[words.Place]) -> None:
        self._places = tuple(places)
        self._tiles, self._of_track, self._cells = [], {}, {}
        for number, place in enumerate(self._places):
            tile = f"pane.{number}"
            if place.track != words.NO_TRACK:
                same = self._of_track.setdefault(place.track, [])
                tile = f"track.{place.track}.{len(same)}"
                same.append(tile)
                self._cells.setdefault(place.track, []).append(_cell(place))
            self._tiles.append(tile)
        self._spoilt = True

    def cells(self, track: int) -> list[Rect]:
        """Where this track is shown."""
        return self._cells.get(track, [])

    def feed(self, track: int, picture: Picture) -> None:
        for tile in self._of_track.get(track, ()):
            self._composer.feed(tile, picture)

    def tick(self, pictures: Mapping[int, LivePicture], now_us: int) -> None:
        """Before the composer's."""
        ages_s = self._stills(pictures, now_us)
        if self._spoilt or ages_s != self._ages_s:
            self._spoilt, self._ages_s = False, ages_s
            self._composer.arrange(self._tile(number, place) for number, place in enumerate(self._places))
        self.waiting = 0
        for tile, place in zip(self._tiles, self._places, strict=True):
            cover = place.cover or self._cover(place, pictures, now_us)
            self.waiting += place.track != words.NO_TRACK and cover in ("waiting", "gap")
            self._composer.cover(tile, cover)
            self._composer.mute(tile, muted=place.muted)

    def _tile(self, number: int, place: words.Place) -> Place:
        label = place.label
        age_s = self._ages_s.get(place.track)
        if age_s is not None and not place.cover:
            label = f"{label} · {self._still.format(age_s)}" if label else self._still.format(age_s)
        card = Card(place.says, place.text, place.at_s) if place.text or place.says != "text" else None
        return Place(self._tiles[number], _cell(place), label, card, place.alarm)

    def _stills(self, pictures: Mapping[int, LivePicture], now_us: int) -> dict[int, int]:
        return {
            track: (now_us - picture.shown_us) // 1_000_000
            for track, picture in pictures.items()
            if picture.screen and picture.shown_us and now_us - picture.shown_us > STALE_US
        }

    @staticmethod
    def _cover(place: words.Place, pictures: Mapping[int, LivePicture], now_us: int) -> str:
        if place.track == words.NO_TRACK:
            return "empty"
        picture = pictures.get(place.track)
        if picture is None or not picture.shown_us:
            return "waiting"
        if picture.screen or now_us - picture.shown_us <= STALE_US:
            return ""
        return "gap"


def _cell(place: words.Place) -> Rect:
    return Rect(place.x, place.y, place.width, place.height)
