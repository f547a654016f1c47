"""Displays that wait to be paired: a code on the screen, typed into a console. Pure: times are arguments."""

import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from conference.model.errors import PairingNotFound, TooManyPairings
from conference.model.ids import RoomId, WallId

CODE_TTL_S: Final = 600.0
MAX_WAITING: Final = 64
MAX_OF_ADDRESS: Final = 16
"""Displays of one address, such as a whole control room behind one router; more push out its own oldest."""
MAX_WRONG: Final = 10
WRONG_WINDOW_S: Final = 60.0
MAX_CALLERS: Final = 1000
TOKEN_PREFIX: Final = "wall_"  # noqa: S105 - how a device token begins, not one
"""No join token begins so: those are base64 of a JSON object."""
_CODES: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """What a display gets once. `token`: its device token."""

    wall: WallId
    name: str
    room: RoomId
    token: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Waiting:
    """A display that shows `code`, six digits; with `secret` it asks what became of it. `width`, `height`: of its
    screen in device pixels."""

    code: str = field(repr=False)
    secret: str = field(repr=False)
    address: str
    expires_at_s: float
    width: int
    height: int
    paired: Paired | None = None


class Pairings:
    """In memory: a restart of the server only means another code on the screen."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Waiting] = OrderedDict()
        """By secret, oldest first."""

    def begin(self, address: str, width: int, height: int, *, now_s: float) -> Waiting:
        """Raises TooManyPairings."""
        self._sweep(now_s)
        of_address = [one for one in self._waiting.values() if one.address == address]
        if len(of_address) >= MAX_OF_ADDRESS:
            del self._waiting[of_address[0].secret]
        if len(self._waiting) >= MAX_WAITING:
            raise TooManyPairings
        made = Waiting(
            code=self._free_code(),
            secret=secrets.token_urlsafe(24),
            address=address,
            expires_at_s=now_s + CODE_TTL_S,
            width=width,
            height=height,
        )
        self._waiting[made.secret] = made
        return made

    def claim(self, secret: str, *, now_s: float) -> Paired | None:
        """What became of it; None: it still waits. Given once. Raises PairingNotFound."""
        self._sweep(now_s)
        found = self._waiting.get(secret)
        if found is None:
            raise PairingNotFound
        if found.paired is not None:
            del self._waiting[secret]
        return found.paired

    def find(self, code: str, *, now_s: float) -> Waiting:
        """The display that shows this code. Raises PairingNotFound."""
        self._sweep(now_s)
        digits = code.replace(" ", "")
        for one in self._waiting.values():
            if one.paired is None and secrets.compare_digest(one.code.encode(), digits.encode()):
                return one
        raise PairingNotFound

    def __len__(self) -> int:
        return len(self._waiting)

    def _free_code(self) -> str:
        taken = {one.code for one in self._waiting.values()}
        while (code := f"{secrets.randbelow(_CODES):06d}") in taken:
            pass
        return code

    def _sweep(self, now_s: float) -> None:
        for one in list(self._waiting.values()):
            if one.expires_at_s <= now_s:
                del self._waiting[one.secret]


class Attempts:
    """Wrong codes, by caller: at most MAX_WRONG in WRONG_WINDOW_S."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def allowed(self, caller: str, *, now_s: float) -> bool:
        """Whether this caller may try another code."""
        times = self._wrong.get(caller, deque())
        while times and now_s - times[0] >= WRONG_WINDOW_S:
            times.popleft()
        return len(times) < MAX_WRONG

    def wrong(self, caller: str, *, now_s: float) -> None:
        """It was a wrong one. Forgets the caller that was wrong longest ago beyond MAX_CALLERS."""
        self._wrong.setdefault(caller, deque(maxlen=MAX_WRONG)).append(now_s)
        self._wrong.move_to_end(caller)
        if len(self._wrong) > MAX_CALLERS:
            self._wrong.popitem(last=False)
