"""A try at a camera before it is saved: the same way as a real connection, but into no room."""

import asyncio
import os
import socket
import time
from contextlib import suppress
from typing import Final

from conference.model.errors import HuishangError, ServerFull
from conference.model.ids import SourceId
from conference.model.source import Cause, RtspTransport, SourceKind, SourceRecord, SourceState, Transcoding
from conference.results import SourceTest
from conference.sources import words
from conference.sources.address import parse_address, resolve
from conference.sources.dial import dial, udp_pairs
from conference.sources.nursery import Child, Exit
from conference.sources.pull import UDP_PAIRS, failure, rtsp_job
from conference.sources.runner import Hall

MAX_TRIALS: Final = 4
LIMIT_S: Final = 8.0
_THUMBNAIL_S: Final = 1.5
"""How long a picture is worth waiting for once everything else is known."""


class Trials:
    """At most four at once."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._running = 0

    async def run(self, address: str, username: str, password: str, transport: RtspTransport) -> SourceTest:
        """Raises AddressInvalid, SchemeRefused, ServerFull; everything else is the result."""
        if self._running >= MAX_TRIALS:
            raise ServerFull(f"{self._running} trials")
        endpoint = parse_address(address)
        record = SourceRecord(
            id=SourceId("trial"),
            name="",
            kind=SourceKind.RTSP,
            rooms=(),
            created_at_s=0.0,
            address=endpoint.url,
            username=username or endpoint.username,
            password=password or endpoint.password,
            transport=transport,
        )
        begun_s = time.monotonic()
        self._running += 1
        try:
            trial = _Trial(self._hall, record)
            async with asyncio.timeout(LIMIT_S):
                await trial.run()
        except TimeoutError:
            trial.fail(SourceState.UNREACHABLE, Cause.TIMED_OUT)
        finally:
            self._running -= 1
        return trial.result(took_ms=int((time.monotonic() - begun_s) * 1000))


class _Trial:
    def __init__(self, hall: Hall, record: SourceRecord) -> None:
        self._hall = hall
        self._record = record
        self._formats: words.Formats | None = None
        self._report: words.Report | None = None
        self._thumbnail: bytes | None = None
        self._failure: tuple[SourceState, Cause | None] | None = None
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Until everything worth knowing is known, or it failed."""
        endpoint = parse_address(self._record.address)
        try:
            ip, port = await resolve(endpoint, self._hall.policy, timeout_s=self._hall.settings.connect_timeout_s)
            tcp = await dial(ip, port, timeout_s=self._hall.settings.connect_timeout_s)
        except HuishangError as error:
            self.fail(SourceState.UNREACHABLE, failure(error))
            return
        child = None
        with tcp:
            try:
                child = await self._spawn(tcp, rtsp_job(endpoint, ip, self._record))
                await self._watch()
            except HuishangError as error:
                self.fail(SourceState.UNREACHABLE, failure(error))
            finally:
                if child is not None:
                    child.stop()

    async def _spawn(self, tcp: socket.socket, job: words.RtspJob) -> Child:
        udp = (
            udp_pairs(tcp.family, UDP_PAIRS, local=tcp.getsockname()[0])
            if self._record.transport is not RtspTransport.TCP
            else []
        )
        media, unread = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            child = await self._hall.nursery.spawn(
                self._record.id,
                job,
                [media.fileno(), tcp.fileno(), *(end.fileno() for end in udp)],
                on_word=self._heard,
                on_exit=self._exit,
            )
        except BaseException:
            unread.close()
            raise
        finally:
            media.close()
            for end in udp:
                end.close()
        asyncio.get_running_loop().add_reader(unread, _discard, unread)
        return child

    async def _watch(self) -> None:
        while self._failure is None and not self._known:
            await self._more()
        with suppress(TimeoutError):
            async with asyncio.timeout(_THUMBNAIL_S):
                while self._thumbnail is None and self._failure is None:
                    await self._more()

    async def _more(self) -> None:
        self._news.clear()
        await self._news.wait()

    @property
    def _known(self) -> bool:
        formats, report = self._formats, self._report
        if formats is None or report is None:
            return False
        return formats.unsupported or report.fps > 0 or (not formats.video_codec and report.bitrate_bps > 0)

    def fail(self, state: SourceState, cause: Cause | None) -> None:
        """What did not work. The first reason counts; none when it worked already."""
        if self._failure is None and not self._known:
            self._failure = (state, cause)
        self._news.set()

    def result(self, *, took_ms: int) -> SourceTest:
        """What it showed."""
        formats = self._formats or words.Formats()
        report = self._report
        state, cause = self._failure or (SourceState.LIVE, None)
        if formats.unsupported:
            state, cause = SourceState.UNSUPPORTED, Cause.VIDEO_CODEC
        return SourceTest(
            state=state,
            cause=cause,
            video_codec=formats.video_codec,
            audio_codec=formats.audio_codec,
            width=formats.width,
            height=formats.height,
            fps=report.fps if report is not None else 0.0,
            transcoding=Transcoding.known(formats.transcoding),
            thumbnail=self._thumbnail,
            took_ms=took_ms,
        )

    def _heard(self, word: words.FromChild, passed: list[int]) -> None:
        for fd in passed:
            os.close(fd)
        match word:
            case words.Formats():
                self._formats = word
            case words.Report():
                self._report = word
            case words.Thumbnail():
                self._thumbnail = word.jpeg
            case _:
                return
        self._news.set()

    def _exit(self, exit_: Exit) -> None:
        if exit_.reason == "ended" and exit_.ended is not None:
            cause = exit_.ended.cause
            if cause == "wrong-password":
                self.fail(SourceState.WRONG_PASSWORD, None)
                return
            known = Cause.of(cause)
            unsupported = known in (Cause.VIDEO_CODEC, Cause.NO_TRACKS)
            self.fail(SourceState.UNSUPPORTED if unsupported else SourceState.UNREACHABLE, known)
        else:
            self.fail(SourceState.UNREACHABLE, Cause.CRASHED)


def _discard(unread: socket.socket) -> None:
    """What the child sends goes to nobody, until it ends."""
    try:
        datagram = unread.recv(65_536, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return
    except OSError:
        datagram = b""
    if not datagram:
        asyncio.get_running_loop().remove_reader(unread)
        unread.close()
