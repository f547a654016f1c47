"""Sources that come to us over RTMP or SRT: a gate has checked their key and hands their socket over."""

import logging
import os

from conference.model.errors import HuishangError
from conference.model.source import Cause, SourceKind, SourceState
from conference.sources import words
from conference.sources.runner import SILENT_S, Runner

log = logging.getLogger(__name__)


class PushRunner(Runner):
    """Waits for its publisher; one at a time."""

    @property
    def busy(self) -> bool:
        """A publisher is at work; one that fell silent does not count."""
        connection = self._connection
        return connection is not None and self.hall.clock.monotonic_s() - connection.heard_s < SILENT_S

    async def publisher(self, fd: int, state: bytes) -> None:
        """An admitted publisher's socket; closed here in any case."""
        try:
            self.say(SourceState.CONNECTING)
            job: words.Job = words.RtmpJob(state=state) if self.record.kind is SourceKind.RTMP else words.SrtJob()
            await self.spawn(job, [fd])
        except HuishangError as error:
            log.warning("x source %s: %s", self.record.id, error)
            self.say(SourceState.OFFLINE, Cause.SERVER_FULL)
        finally:
            os.close(fd)
