"""Sources that are fetched: an RTSP camera, always or while somebody looks, tried again until it answers."""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Final

from conference.model.errors import AddressNotAllowed, HuishangError, NameUnknown, Unreachable
from conference.model.source import Cause, RtspTransport, SourceRecord, SourceState
from conference.sources import words
from conference.sources.address import Endpoint, parse_address, resolve
from conference.sources.dial import dial, udp_pairs
from conference.sources.runner import Runner

RETRY_S: Final = (0.2, 0.5, 1.0)
"""The last one repeats: a camera that answers again is back within three seconds."""
RETRY_TIMEOUT_S: Final = 1.5
"""Of a repeated attempt: its connection request must not be lost in a network that has only just come back."""
LOGIN_RETRY_S: Final = 30.0
"""Cameras lock an account after a few wrong passwords."""
UDP_PAIRS: Final = 2
"""One for the picture, one for the sound."""
_LASTING: Final = frozenset({SourceState.WRONG_PASSWORD, SourceState.UNSUPPORTED})

log = logging.getLogger(__name__)


class PullRunner(Runner):
    """Owns one task; `start` begins it."""

    _task: asyncio.Task[None] | None = None
    _tries = 0

    def start(self) -> None:
        if not self.record.enabled or self._task is not None:
            return
        self._wake = asyncio.Event()
        self._over = asyncio.Event()
        self._idle_since_s: float | None = None
        if self.record.video_codec or self.record.on_demand:
            with suppress(HuishangError):  # a full relay: the tracks come with the first connection
                self.feed.announce(video=True, audio=_audio_out(self.record.audio_codec))
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"source-{self.record.id}")

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        super().close()

    def restart(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._tries = 0
        super().restart()

    def second(self) -> None:
        if self._task is None or not self.record.on_demand or self._connection is None:
            return
        now_s = self.hall.clock.monotonic_s()
        if self._wanted():
            self._idle_since_s = None
        elif self._idle_since_s is None:
            self._idle_since_s = now_s
        elif now_s - self._idle_since_s >= self.hall.settings.idle_stop_s:
            log.info("- source %s: nobody looks any more", self.record.id)
            self._drop()
            self.say(SourceState.STANDBY)
            self.idle()

    def idle(self) -> None:
        self._over.set()

    def ended(self, cause: str) -> None:
        state, why = self.resting(cause)
        if state is SourceState.OFFLINE and not self.was_live:
            state = SourceState.UNREACHABLE
        self.say(state, why)
        self.idle()

    def _needed(self, need: words.Need) -> None:
        super()._needed(need)
        if self._task is not None:
            self._wake.set()

    def _wanted(self) -> bool:
        need = self.feed.need
        no_picture = bool(self.record.audio_codec) and not self.record.video_codec
        return not self.record.on_demand or need.video or need.vp8 or (no_picture and need.audio)

    async def _run(self) -> None:
        while not self.quarantined:
            if not self._wanted():
                self._tries = 0
                self.say(SourceState.STANDBY)
                self._wake.clear()
                await self._wake.wait()
                continue
            if self._tries == 0:
                self.say(SourceState.CONNECTING)
            self._over.clear()
            self._idle_since_s = None
            begun_s = self.hall.clock.monotonic_s()
            if await self._connect():
                await self._over.wait()
            if self.hall.clock.monotonic_s() - begun_s > max(RETRY_S) and self.was_live:
                self._tries = 0
            pause_s = self._pause_s()
            self._tries += 1
            if self._wanted() and not self.quarantined:
                await asyncio.sleep(pause_s)

    def _pause_s(self) -> float:
        if self.health.status.state in _LASTING:
            return LOGIN_RETRY_S
        return RETRY_S[min(self._tries, len(RETRY_S) - 1)]

    async def _connect(self) -> bool:
        """False: no child was begun, and why is said."""
        udp: list[socket.socket] = []
        try:
            endpoint = parse_address(self.record.address)
            timeout_s = self.hall.settings.connect_timeout_s if not self._tries else RETRY_TIMEOUT_S
            ip, port = await resolve(endpoint, self.hall.policy, timeout_s=timeout_s)
            tcp = await dial(ip, port, timeout_s=timeout_s)
            try:
                if self.record.transport is not RtspTransport.TCP:
                    udp = udp_pairs(tcp.family, UDP_PAIRS, local=tcp.getsockname()[0])
                fds = [tcp.fileno(), *(end.fileno() for end in udp)]
                await self.spawn(rtsp_job(endpoint, ip, self.record), fds)
            finally:
                tcp.close()
        except HuishangError as error:
            log.info("- source %s: %s", self.record.id, error.code)
            self.ended(failure(error).value)
            return False
        except OSError as error:
            log.warning("x source %s: %s", self.record.id, type(error).__name__)
            self.ended(Cause.SERVER_FULL.value)
            return False
        finally:
            for end in udp:
                end.close()
        return True


def rtsp_job(endpoint: Endpoint, ip: str, record: SourceRecord) -> words.RtspJob:
    """What the child is told of a camera."""
    return words.RtspJob(
        url=endpoint.url,
        username=record.username,
        password=record.password,
        transport=record.transport.value,
        peer=ip,
    )


def failure(error: HuishangError) -> Cause:
    """Why there is no connection."""
    match error:
        case NameUnknown():
            return Cause.NAME_UNKNOWN
        case AddressNotAllowed():
            return Cause.ADDRESS_NOT_ALLOWED
        case Unreachable():
            return Cause.REFUSED if error.cause == "refused" else Cause.TIMED_OUT
        case _:
            return Cause.SERVER_FULL


def _audio_out(codec: str) -> str:
    if not codec:
        return ""
    return codec if codec in words.AUDIO_PT else "opus"
