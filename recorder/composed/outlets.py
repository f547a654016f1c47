"""The outputs of a stream on the core's side: what each needs for a child, and keeps over a child's death."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from conference.composing import OutputKind, OutputState, OutputView
from conference.model.errors import HuishangError
from conference.sources.address import AddressPolicy, Endpoint, resolve
from conference.sources.dial import dial
from recorder.composed import words
from recorder.composed.hls import HlsList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conference.model.film import Film, FilmReason, FilmWish
    from conference.model.ids import OutputId, RecordingId, SegmentId
    from recorder.folder import RecordingFolder

DIAL_S: Final = 5.0
PUSH_UNSENT_BYTES: Final = 128 << 10
PUSH_STALL_MS: Final = 10_000
_NOTSENT_LOWAT: Final = 25  # TCP_NOTSENT_LOWAT of linux/tcp.h
RETRY_S: Final = (1.0, 2.0, 5.0, 10.0)
"""After a push has failed; the last one repeats."""

log = logging.getLogger(__name__)


class Films(Protocol):
    """Where live films have their place in the library (recorder.films)."""

    async def begin_live_film(
        self, recording: RecordingId, wish: FilmWish, *, by: str = ""
    ) -> tuple[SegmentId, int]: ...

    async def finish_live_film(
        self, film: SegmentId, *, duration_ms: int | None = None, reason: FilmReason | None = None
    ) -> Film: ...


class Outlet(ABC):
    """One output. `sink`: its number in the present child, 0: it has none."""

    def __init__(self, id_: OutputId, kind: OutputKind) -> None:
        self.id = id_
        self.kind = kind
        self.sink = 0
        self.state = OutputState.STARTING
        self.bytes = 0
        self.target = ""
        self.reason = ""

    def view(self) -> OutputView:
        return OutputView(
            id=self.id, kind=self.kind, state=self.state, bytes=self.bytes, target=self.target, reason=self.reason
        )

    @abstractmethod
    async def open(self, sink: int) -> tuple[words.AddSink, Sequence[int]]:
        """The word for a child and its descriptors, which stay here. Raises HuishangError, OSError."""

    def sent(self) -> None:  # noqa: B027 - most keep what they have given
        """The child has its copies."""

    def counted(self, size: int) -> None:
        """What the child has put out."""
        self.bytes = size
        if size and self.state is not OutputState.ENDED:
            self.state, self.reason = OutputState.LIVE, ""

    async def ended(self, word: words.SinkEnded) -> None:
        """The child has finished it, or lost it."""
        self.state = OutputState.ENDED
        self.reason = "" if word.reason == "finished" else word.detail or word.reason

    async def close(self) -> None:
        """Nothing comes any more. Idempotent."""
        self.state = OutputState.ENDED


class WhepOutlet(Outlet):
    """What the relay gives to players."""

    async def open(self, sink: int) -> tuple[words.AddSink, Sequence[int]]:
        return words.AddSink(sink, "whep"), ()


class HlsOutlet(Outlet):
    """`list`: what players are served."""

    def __init__(self, id_: OutputId) -> None:
        super().__init__(id_, OutputKind.HLS)
        self.list = HlsList()
        self._slots = [os.memfd_create("hls", os.MFD_CLOEXEC) for _ in range(words.HLS_SLOTS)]

    async def open(self, sink: int) -> tuple[words.AddSink, Sequence[int]]:
        return words.AddSink(sink, "hls"), self._slots

    def head(self, word: words.HlsHead) -> bool:
        """False: that is none."""
        if len(word.data) > words.MAX_HLS_HEAD_BYTES:
            return False
        self.list.begin(word.data)
        return True

    def segment(self, word: words.HlsSegment) -> bool:
        """False: that is none."""
        if not (0 < word.size <= words.MAX_HLS_SEGMENT_BYTES and 0 <= word.slot < len(self._slots)):
            return False
        if not 0 < word.duration_ms < 60_000 or not self._slots:
            return False
        data = os.pread(self._slots[word.slot], word.size, 0)
        if len(data) != word.size:
            return False
        try:
            self.list.add(data, word.duration_ms)
        except ValueError:
            return False
        self.counted(self.list.bytes)
        return True

    def counted(self, size: int) -> None:
        """What is served counts, not what waits for its keyframe."""
        super().counted(min(size, self.list.bytes))

    async def close(self) -> None:
        slots, self._slots = self._slots, []
        for slot in slots:
            os.close(slot)
        await super().close()


class FilmOutlet(Outlet):
    """A film in the library. Its file holds fragments until the plain MP4 takes its place in one step."""

    def __init__(
        self,
        id_: OutputId,
        films: Films,
        folder: RecordingFolder,
        recording: RecordingId,
        film: SegmentId,
        fd: int,
        from_ms: int,
    ) -> None:
        super().__init__(id_, OutputKind.MP4)
        self.target = film
        self._films = films
        self._folder = folder
        self._recording = recording
        self._film = film
        self._from_ms = from_ms
        self._fds = [fd]

    async def open(self, sink: int) -> tuple[words.AddSink, Sequence[int]]:
        if len(self._fds) < 2:
            self._fds.append(await asyncio.to_thread(self._folder.create_successor, self._recording, self._film))
        return words.AddSink(sink, "mp4", from_ms=self._from_ms), self._fds

    async def ended(self, word: words.SinkEnded) -> None:
        await super().ended(word)
        whole = word.reason == "finished" and word.bytes > 0
        if whole:
            try:
                await asyncio.to_thread(self._folder.succeed, self._recording, self._film)
            except (HuishangError, OSError) as error:
                log.warning("x film %s stays in fragments: %s", self._film, error)
                whole = False
        await self._over(word.duration_ms if whole else None)

    async def close(self) -> None:
        """One that no child has finished keeps its fragments: they play."""
        await super().close()
        await self._over(None)

    async def _over(self, duration_ms: int | None) -> None:
        fds, self._fds = self._fds, []
        if not fds:
            return
        for fd in fds:
            os.close(fd)
        await asyncio.to_thread(self._folder.forget_successor, self._recording, self._film)
        try:
            await self._films.finish_live_film(self._film, duration_ms=duration_ms)
        except (HuishangError, OSError) as error:
            log.warning("x film %s: %s", self._film, error)
            self.reason = "film"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a push goes: `endpoint` without credentials; `stream` is a secret."""

    endpoint: Endpoint
    address: str
    stream: str

    def __repr__(self) -> str:
        return f"Target({self.endpoint.host}, {self.endpoint.port})"


class PushOutlet(Outlet):
    """To an outside address, over a socket that is made here: the child cannot make its own."""

    def __init__(self, id_: OutputId, kind: OutputKind, target: Target, policy: AddressPolicy) -> None:
        super().__init__(id_, kind)
        self.target = f"{target.endpoint.host}:{target.endpoint.port}"
        self.failures = 0
        self._target = target
        self._policy = policy
        self._socket: socket.socket | None = None

    @property
    def retry_s(self) -> float:
        return RETRY_S[min(self.failures, len(RETRY_S)) - 1] if self.failures else 0.0

    async def open(self, sink: int) -> tuple[words.AddSink, Sequence[int]]:
        """The name is resolved and checked anew each time: only the address that was checked is dialled."""
        ip, port = await resolve(self._target.endpoint, self._policy, timeout_s=DIAL_S)
        if self.kind is OutputKind.RTMP:
            made = await dial(ip, port, timeout_s=DIAL_S)
            # What waits, waits where groups of pictures can be left out; a server may pause for longer than a camera.
            made.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, PUSH_UNSENT_BYTES)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PUSH_STALL_MS)
        else:
            made = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_DGRAM)
            made.settimeout(0)
            made.connect((ip, port))
        self._socket = made
        kind: words.SinkKind = "rtmp" if self.kind is OutputKind.RTMP else "srt"
        word = words.AddSink(sink, kind, address=self._target.address, stream=self._target.stream)
        return word, (made.fileno(),)

    def sent(self) -> None:
        made, self._socket = self._socket, None
        if made is not None:
            made.close()

    def counted(self, size: int) -> None:
        super().counted(size)
        if size:
            self.failures = 0

    async def close(self) -> None:
        with suppress(OSError):
            self.sent()
        await super().close()
