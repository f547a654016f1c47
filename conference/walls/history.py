"""What a wall showed before, so that edits can be taken back. In memory: it is about the last minutes."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from conference.model.errors import NothingToUndo
from conference.model.ids import SceneId
from conference.model.wall import Board, Pin, Wall

MAX_UNDO: Final = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """What an edit can change of what is to be seen."""

    board: Board
    scene: SceneId | None
    scene_version: int
    enlarged: int | None
    pins: tuple[Pin, ...]

    @classmethod
    def of(cls, wall: Wall) -> "Shown":
        return cls(wall.board, wall.scene, wall.scene_version, wall.enlarged, wall.pins)

    def on(self, wall: Wall) -> Wall:
        """The wall, showing this again."""
        return replace(
            wall,
            board=self.board,
            scene=self.scene,
            scene_version=self.scene_version,
            enlarged=self.enlarged,
            pins=self.pins,
        )


class History:
    """The last MAX_UNDO states of one wall."""

    def __init__(self) -> None:
        self._past: deque[Shown] = deque(maxlen=MAX_UNDO)

    def __len__(self) -> int:
        return len(self._past)

    def note(self, before: Wall, after: Wall) -> None:
        """An edit was done; one that changed nothing to be seen is not remembered."""
        was = Shown.of(before)
        if was != Shown.of(after):
            self._past.append(was)

    @property
    def last(self) -> Shown:
        """What was shown before the last edit. Raises NothingToUndo."""
        if not self._past:
            raise NothingToUndo
        return self._past[-1]

    def undone(self) -> None:
        """The last one is shown again."""
        self._past.pop()
