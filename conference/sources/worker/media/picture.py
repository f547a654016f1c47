"""One coded picture, as the parts of the video path hand it on."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Look:
    """What an access unit holds. `nals`: what is forwarded of H.264, without parameter sets. `slice_bytes`: the coded
    picture alone. `disposable`: no other picture refers to it."""

    key: bool
    slice_bytes: int
    b_slice: bool = False
    disposable: bool = False
    nals: list[memoryview] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Coded:
    """A picture for the decoder. `data`: with its parameter sets if a keyframe. `media_us`: of the MediaClock."""

    data: bytes
    media_us: int
    key: bool


class GopStore:
    """The pictures since the last keyframe, so that a decoder can start at once. One larger than the bound is given up
    until the next keyframe."""

    MAX_BYTES = 4 << 20
    MAX_PICTURES = 600

    def __init__(self) -> None:
        self._pictures: list[Coded] = []
        self._bytes = 0

    def add(self, picture: Coded) -> None:
        if picture.key:
            self.clear()
        elif not self._pictures:
            return
        self._pictures.append(picture)
        self._bytes += len(picture.data)
        if self._bytes > self.MAX_BYTES or len(self._pictures) > self.MAX_PICTURES:
            self.clear()

    def clear(self) -> None:
        """A picture is missing: nothing decodes until the next keyframe."""
        self._pictures = []
        self._bytes = 0

    def pictures(self) -> list[Coded]:
        return list(self._pictures)
