"""Requests and their answers on one connection: numbers, login, session, patience. One request at a time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from conference.model.source import Cause
from conference.sources.worker.rtsp import auth
from conference.sources.worker.rtsp.auth import Login
from conference.sources.worker.rtsp.message import Request, Response, write_request, write_response
from conference.sources.worker.rtsp.trouble import WRONG_PASSWORD, RtspTrouble

ANSWER_WITHIN_S: Final = 2.7
_MAX_LOGINS: Final = 3
_ANSWERED: Final = ("OPTIONS", "ANNOUNCE", "GET_PARAMETER", "SET_PARAMETER")
USER_AGENT: Final = ("User-Agent", "Huishang")

Headers = Iterable[tuple[str, str]]
Answer = Callable[[Response], None]


@dataclass(slots=True)
class Ask:
    """`answer` gets every final response but 401, which is seen to here."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    answer: Answer = field(default=lambda _: None)
    logins: int = 0
    number: int = 0
    sent_s: float = 0.0


class Dialogue:
    """`send` takes bytes for the camera. `session`: goes with each request once it is known."""

    def __init__(self, send: Callable[[bytes], None], login: Login) -> None:
        self._send = send
        self._login = login
        self._number = 0
        self._open: Ask | None = None
        self._proven = False
        self.session = ""

    @property
    def busy(self) -> bool:
        """A request waits for its answer."""
        return self._open is not None

    def ask(self, ask: Ask, now_s: float) -> None:
        """Sends it; one that still waits for its answer is given up."""
        self._number += 1
        ask.number, ask.sent_s = self._number, now_s
        self._open = ask
        headers = [("CSeq", str(ask.number)), USER_AGENT, *ask.headers]
        if self.session:
            headers.append(("Session", self.session))
        if (authorization := self._login.header(ask.method, ask.url)) is not None:
            headers.append(("Authorization", authorization))
        self._send(write_request(ask.method, ask.url, headers))

    def take(self, response: Response, now_s: float) -> None:
        """An answer of the camera. Raises RtspTrouble."""
        ask, number = self._open, response.get("cseq")
        if ask is None or response.status < 200 or (number.isdigit() and number != str(ask.number)):
            return  # of a request that was given up, or not yet final
        if response.status == 401:
            self._log_in(ask, response, now_s)
            return
        self._open = None
        self._proven = self._proven or (self._login.asked and response.status < 300)
        ask.answer(response)

    def overdue(self, now_s: float) -> bool:
        """The camera has not answered in time."""
        return self._open is not None and now_s - self._open.sent_s > ANSWER_WITHIN_S

    def give_up(self) -> None:
        """The open request is not waited for any more."""
        self._open = None

    def serve(self, request: Request) -> None:
        """A request of the camera. Raises RtspTrouble for one that ends the session."""
        if request.method == "REDIRECT":
            raise RtspTrouble(Cause.REDIRECTED, "REDIRECT")
        known = request.method in _ANSWERED or request.method == "TEARDOWN"
        status, reason = (200, "OK") if known else (501, "Not Implemented")
        headers = [("CSeq", number)] if (number := request.get("cseq")).isdigit() else []
        if request.method == "OPTIONS":
            headers.append(("Public", ", ".join(_ANSWERED)))
        self._send(write_response(status, reason, headers))
        if request.method == "TEARDOWN":
            raise RtspTrouble(Cause.CAMERA_CLOSED, "TEARDOWN")

    def _log_in(self, ask: Ask, response: Response, now_s: float) -> None:
        if not self._login.given:
            raise RtspTrouble(WRONG_PASSWORD, "no credentials")
        tried = self._login.asked
        stale = self._login.take(auth.parse_challenges(response.headers.get("www-authenticate", [])))
        ask.logins += 1
        # Once accepted, credentials do not become wrong: such a camera changes its nonce without saying "stale".
        if ask.logins > _MAX_LOGINS or (tried and not stale and not (self._proven and ask.logins == 1)):
            raise RtspTrouble(WRONG_PASSWORD, ask.method)
        self.ask(ask, now_s)
