"""One RTSP connection from OPTIONS to TEARDOWN: sockets, timers and the pieces that decide."""

import errno
import secrets
import socket
from collections.abc import Callable
from typing import Final

from conference.children.worker.loop import Loop, Timer
from conference.model.source import Cause
from conference.sources.words import RtspJob
from conference.sources.worker.media.units import MediaSink
from conference.sources.worker.rtsp.auth import Login
from conference.sources.worker.rtsp.dialogue import Ask, Dialogue
from conference.sources.worker.rtsp.message import Request, Response
from conference.sources.worker.rtsp.opening import Opening, Steps
from conference.sources.worker.rtsp.reception import Reception
from conference.sources.worker.rtsp.splitter import Splitter
from conference.sources.worker.rtsp.trouble import RtspTrouble, broken

CHECK_PERIOD_S: Final = 0.2
SILENCE_S: Final = 2.6
"""Without a packet for so long the camera is gone: half-open connections and frozen cameras say nothing else. With the
period of the check it is told within 3 s."""
FIRST_PACKET_S: Final = 5.0
"""Over TCP some cameras wait for their next keyframe first. Over UDP silence means a firewall."""
GOODBYE_S: Final = 0.8
REPORT_PERIOD_S: Final = 5.0
_CHUNK_BYTES: Final = 65_536
_MAX_CHUNKS: Final = 4
_MAX_OUTGOING_BYTES: Final = 65_536
_GONE: Final = (errno.EPIPE, errno.ECONNRESET, errno.ECONNABORTED, errno.ENOTCONN)


def open_rtsp(
    job: RtspJob,
    fds: list[int],
    loop: Loop,
    sink: MediaSink,
    connected: Callable[[], None],
    done: Callable[[str, str], None],
) -> "RtspReader":
    """`fds`: the connected TCP socket, then pairs of bound UDP sockets, RTP and RTCP. The reader owns and closes them.
    `done(cause, detail)` is called once, from the loop."""
    family = socket.AF_INET6 if ":" in job.peer else socket.AF_INET
    tcp = socket.socket(family, socket.SOCK_STREAM, 0, fileno=fds[0])
    udp = [socket.socket(family, socket.SOCK_DGRAM, 0, fileno=fd) for fd in fds[1:]]
    return RtspReader(job, tcp, udp, loop, sink, connected, done)


class RtspReader:
    """Ends by `done`: nothing is tried again here."""

    def __init__(
        self,
        job: RtspJob,
        tcp: socket.socket,
        udp: list[socket.socket],
        loop: Loop,
        sink: MediaSink,
        connected: Callable[[], None],
        done: Callable[[str, str], None],
    ) -> None:
        self._loop = loop
        self._tcp = tcp
        self._connected = connected
        self._done = done
        self._outgoing = b""
        for each in (tcp, *udp):
            each.settimeout(0)
        self._reception = Reception(job.peer, udp, loop, sink)
        self._splitter = Splitter(self._reception.frame, self._message)
        self._dialogue = Dialogue(self._send, Login(job.username, job.password))
        ports = [each.getsockname()[1] for each in udp[::2]]
        self._opening = Opening(self._dialogue, job.url, job.transport, ports, self._reception.prepare)
        self._steps: Steps = self._opening.steps()
        self._goodbye: Timer | None = None
        self._readable = self._guarded(self._receive)
        self._own_ssrc = secrets.randbits(32)
        self._playing_since_s: float | None = None
        self._alive_due_s = self._report_due_s = 0.0
        self._stopping = self._ended = False

    def start(self) -> None:
        """Begins to talk."""
        self._loop.watch(self._tcp.fileno(), self._readable)
        self._loop.every(CHECK_PERIOD_S, self._guarded(self._check))
        self._guarded(lambda: self._ask(next(self._steps)))()

    def stop(self) -> None:
        """Says goodbye; done within a second."""
        if self._ended or self._stopping:
            return
        self._stopping = True
        if not self._dialogue.session:
            self._end(Cause.PUBLISHER_LEFT, "stopped")
            return
        self._goodbye = self._loop.later(GOODBYE_S, lambda: self._end(Cause.PUBLISHER_LEFT, "stopped"))
        bye = Ask("TEARDOWN", self._opening.aggregate, answer=lambda _: self._end(Cause.PUBLISHER_LEFT, "stopped"))
        self._guarded(lambda: self._dialogue.ask(bye, self._loop.now_s()))()

    # ---- the conversation -------------------------------------------------------------------------------------------

    def _ask(self, ask: Ask) -> None:
        ask.answer = self._advance
        self._dialogue.ask(ask, self._loop.now_s())

    def _advance(self, response: Response) -> None:
        try:
            following = self._steps.send(response)
        except StopIteration:
            self._play()
        else:
            self._ask(following)

    def _play(self) -> None:
        now_s = self._loop.now_s()
        self._playing_since_s = now_s
        self._alive_due_s = now_s + self._alive_period_s()
        self._report_due_s = now_s + 1.0
        if self._opening.played is not None:
            self._reception.announce(self._opening.played.get("rtp-info"))
        self._connected()

    def _message(self, message: Response | Request) -> None:
        if self._ended:
            return
        if isinstance(message, Response):
            self._dialogue.take(message, self._loop.now_s())
        else:
            self._dialogue.serve(message)

    def _alive_period_s(self) -> float:
        return min(self._opening.timeout_s / 2, 30.0)

    def _keep_alive(self, now_s: float) -> None:
        self._alive_due_s = now_s + self._alive_period_s()
        method = "GET_PARAMETER" if "GET_PARAMETER" in self._opening.methods else "OPTIONS"
        self._dialogue.ask(Ask(method, self._opening.aggregate, answer=self._still_there), now_s)

    def _still_there(self, response: Response) -> None:
        if response.status == 454:
            raise RtspTrouble(Cause.CAMERA_CLOSED, "the session is gone")
        if response.status >= 400:
            self._opening.methods -= {"GET_PARAMETER"}

    # ---- time -------------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        now_s = self._loop.now_s()
        if self._stopping:
            return
        if self._playing_since_s is None:
            if self._dialogue.overdue(now_s):
                raise RtspTrouble(Cause.TIMED_OUT, "no answer")
            return
        self._check_silence(now_s, self._playing_since_s)
        if self._dialogue.overdue(now_s):
            self._dialogue.give_up()  # some cameras never answer a keep-alive; their media shows that they live
        if now_s >= self._alive_due_s and not self._dialogue.busy:
            self._keep_alive(now_s)
        if now_s >= self._report_due_s:
            self._report_due_s = now_s + REPORT_PERIOD_S
            self._send(self._reception.reports(self._own_ssrc, now_s))

    def _check_silence(self, now_s: float, since_s: float) -> None:
        last_s = self._reception.last_packet_s()
        if last_s is None:
            patience_s = SILENCE_S if self._reception.over_udp else FIRST_PACKET_S
            silent = now_s - since_s > patience_s
        else:
            silent = now_s - last_s > SILENCE_S
        if silent:
            raise RtspTrouble(Cause.NO_MEDIA, "udp" if self._reception.over_udp else "tcp")

    # ---- the socket -------------------------------------------------------------------------------------------------

    def _receive(self) -> None:
        self._reception.now_s = self._loop.now_s()
        for _ in range(_MAX_CHUNKS):
            try:
                chunk = self._tcp.recv(_CHUNK_BYTES)
            except BlockingIOError:
                return
            if not chunk:
                raise RtspTrouble(Cause.CAMERA_CLOSED, "end of stream")
            self._splitter.feed(chunk)
            if len(chunk) < _CHUNK_BYTES or self._ended:
                return

    def _send(self, data: bytes) -> None:
        if self._outgoing:
            self._outgoing += data
            if len(self._outgoing) > _MAX_OUTGOING_BYTES:
                raise broken("the camera does not read")
            return
        self._outgoing = data
        self._flush()

    def _flush(self) -> None:
        while self._outgoing:
            try:
                sent = self._tcp.send(self._outgoing)
            except BlockingIOError:
                self._loop.watch(self._tcp.fileno(), self._readable, write=self._guarded(self._flush))
                return
            self._outgoing = self._outgoing[sent:]
        self._loop.watch(self._tcp.fileno(), self._readable)

    def _guarded(self, call: Callable[[], None]) -> Callable[[], None]:
        """Troubles end this reader, not the loop."""

        def guarded() -> None:
            if self._ended:
                return
            try:
                call()
            except RtspTrouble as trouble:
                self._end(trouble.cause, trouble.detail)
            except OSError as error:
                self._end(self._lost_cause(error), errno.errorcode.get(error.errno or 0, "socket"))

        return guarded

    def _lost_cause(self, error: OSError) -> str:
        if error.errno in _GONE:
            return Cause.CAMERA_CLOSED
        return Cause.TIMED_OUT if self._playing_since_s is None else Cause.NO_MEDIA

    def _end(self, cause: str, detail: str) -> None:
        if self._ended:
            return
        self._ended = True
        if self._goodbye is not None:
            self._goodbye.cancel()
        self._reception.close()
        self._loop.unwatch(self._tcp.fileno())
        self._tcp.close()
        self._done(str(cause), detail)
