"""What one subscriber wants to see, and how large. Audio is always wanted; video from its first wish on. Pure."""

from dataclasses import dataclass
from typing import Final

from conference.media.words import Want
from conference.model.ids import TrackId

KEEP_HIDDEN_S: Final = 10.0
"""A tile that scrolls back into view soon needs no negotiation; one hidden for longer gives its m-section back."""
MAX_WISHES: Final = 1024


@dataclass(frozen=True, slots=True)
class _Wish:
    width: int
    height: int
    priority: int
    hidden_since_s: float | None

    @property
    def hidden(self) -> bool:
        return self.hidden_since_s is not None


class Wishes:
    """Replaced per track by each message; forgotten with the track."""

    def __init__(self) -> None:
        self._wishes: dict[TrackId, _Wish] = {}

    def wish(self, track: TrackId, width: int, height: int, priority: int, *, now_s: float) -> None:
        """0x0 is hidden. A hidden track that was never shown is not worth remembering."""
        old = self._wishes.get(track)
        hidden = width == 0 or height == 0
        if (hidden and old is None) or (old is None and len(self._wishes) >= MAX_WISHES):
            return
        since = (old.hidden_since_s if old is not None and old.hidden else now_s) if hidden else None
        self._wishes[track] = _Wish(0 if hidden else width, 0 if hidden else height, priority, since)

    def forget(self, tracks: set[TrackId]) -> None:
        """Keeps only wishes for `tracks`."""
        self._wishes = {track: wish for track, wish in self._wishes.items() if track in tracks}

    def video(self, now_s: float) -> dict[TrackId, int]:
        """Tracks that need a subscription now, with their priority."""
        return {
            track: wish.priority
            for track, wish in self._wishes.items()
            if wish.hidden_since_s is None or now_s - wish.hidden_since_s < KEEP_HIDDEN_S
        }

    def expire(self, now_s: float) -> bool:
        """Forgets what was hidden for long; True when there was any."""
        before = len(self._wishes)
        self._wishes = {
            track: wish
            for track, wish in self._wishes.items()
            if wish.hidden_since_s is None or now_s - wish.hidden_since_s < KEEP_HIDDEN_S
        }
        return len(self._wishes) != before

    def want(self, track: TrackId, subscription: int) -> Want:
        """For the relay; without a wish it is hidden."""
        wish = self._wishes.get(track)
        if wish is None:
            return Want(subscription, 0, 0)
        return Want(subscription, wish.width, wish.height, wish.priority)
