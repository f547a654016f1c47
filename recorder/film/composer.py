"""The composer: fed with decoded pictures, asked by a clock, draws only what changed. The same for live and for files.

Used by one thread at a time.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import av

from conference.layout import Rect, Size
from recorder.film.canvas import BLACK, Canvas, Planes
from recorder.film.labels import Labels
from recorder.film.scale import Picture, picture_of, same_picture
from recorder.film.tile import Place, Tile

_FORGETTING: Final = ("gap", "off", "absent", "locked")
_CLOCK_MARGIN: Final = 8
_CLOCK_PER_HEIGHT: Final = 45


class Composer:
    """`labels` False: pictures only, covers without words. `utc_offset_min` None: no clock."""

    def __init__(
        self, size: Size, *, labels: bool = True, utc_offset_min: int | None = None, language: str = "zh-CN"
    ) -> None:
        self.canvas = Canvas(size)
        self._text = Labels()
        self._labels = self._text if labels else None
        self._language = language
        self._zone = None if utc_offset_min is None else timedelta(minutes=utc_offset_min)
        self._clock_second = -1
        self._clock_bitmap: Planes | None = None
        self._clock_at = Rect(0, 0, 0, 0)
        self._tiles: dict[str, Tile] = {}
        self._cleared = True

    def arrange(self, places: Iterable[Place]) -> None:
        """Where each tile lies from now on. Tiles that stay keep their picture; nothing is done if nothing changes."""
        wanted = {place.tile: place for place in places}
        if {name: tile.place for name, tile in self._tiles.items()} == wanted:
            return
        if [tile.place.cell for tile in self._tiles.values()] != [place.cell for place in wanted.values()]:
            self._cleared = True
        before, self._tiles = self._tiles, {}
        for name, place in wanted.items():
            tile = before.get(name) or Tile(place)
            if tile.place != place or self._cleared:
                tile.place = place
                tile.spoil()
            self._tiles[name] = tile

    def feed(self, tile: str, frame: av.VideoFrame | Picture) -> None:
        """The newest picture of a tile; of a tile that has no place it is ignored. The frame is kept until the next.

        A picture that shows the same as the one before changes nothing.
        """
        target = self._tiles.get(tile)
        if target is not None:
            picture = frame if isinstance(frame, Picture) else picture_of(frame)
            changed = target.picture is None or not same_picture(target.picture, picture)
            target.picture = picture
            target.dirty = target.dirty or (changed and not target.cover)

    def mute(self, tile: str, *, muted: bool) -> None:
        target = self._tiles.get(tile)
        if target is not None and target.muted != muted:
            target.muted = muted
            target.spoil()

    def cover(self, tile: str, kind: str) -> None:
        """Hides a picture by a key of COVERS, such as one that is out of date; "" shows it again. The picture before
        a gap is forgotten: the next one shown is a new one."""
        target = self._tiles.get(tile)
        if target is not None and target.cover != kind:
            target.cover = kind
            if kind in _FORGETTING:
                target.picture = None
            target.spoil()

    def tick(self, now_ms: int) -> bool:
        """Draws. Unix time, for the wall clock. True: the canvas is not what it was at the tick before."""
        changed = self._cleared
        if self._cleared:
            self.canvas.fill(Rect(0, 0, self.canvas.size.width, self.canvas.size.height), BLACK)
            self._cleared = False
        clock = self._clock_changed(now_ms) or changed
        for tile in self._tiles.values():
            if tile.dirty:
                # Words that are what the tile shows are no label.
                labels = self._text if tile.place.card else self._labels
                tile.draw(self.canvas, labels, self._language)
                changed = True
                clock = clock or tile.place.cell.overlaps(self._clock_at)
        if clock and self._clock_bitmap is not None:
            self.canvas.paste(self._clock_at.x, self._clock_at.y, self._clock_bitmap)
            changed = True
        return changed

    def _clock_changed(self, now_ms: int) -> bool:
        second = now_ms // 1000
        if self._zone is None or second == self._clock_second:
            return False
        self._clock_second = second
        text = (datetime.fromtimestamp(second, UTC) + self._zone).strftime("%Y-%m-%d %H:%M:%S")
        size = max(12, self.canvas.size.height // _CLOCK_PER_HEIGHT) & ~1
        bitmap = self._text.clock(text, size)
        height, width = bitmap[0].shape
        x = max(0, self.canvas.size.width - width - _CLOCK_MARGIN) & ~1
        self._clock_bitmap, self._clock_at = bitmap, Rect(x, _CLOCK_MARGIN, width, height)
        return True
