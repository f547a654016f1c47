"""From the first request to the answer to PLAY (RFC 2326 §14.1), as one generator: it yields what to ask and is sent
the answer, so that the order of things reads from top to bottom."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from conference.model.source import Cause
from conference.sources.worker.rtsp import sdp, transport
from conference.sources.worker.rtsp.dialogue import Ask, Dialogue
from conference.sources.worker.rtsp.location import resolve, same_camera, without_credentials
from conference.sources.worker.rtsp.message import Response
from conference.sources.worker.rtsp.tracks import Choice, Track, choose
from conference.sources.worker.rtsp.transport import Transport
from conference.sources.worker.rtsp.trouble import WRONG_PASSWORD, RtspTrouble, broken

DEFAULT_TIMEOUT_S: Final = 60
_LEAST_TIMEOUT_S: Final = 2
_MAX_SESSION_CHARACTERS: Final = 256

Steps = Generator[Ask, Response, None]


@dataclass(frozen=True, slots=True)
class SetUp:
    """A track that the camera will send. `url`: of its SETUP; `pair`: number of its UDP sockets, -1 for TCP."""

    track: Track
    url: str
    transport: Transport
    pair: int


class Opening:
    """`udp_ports`: the RTP port of each pair of sockets. `prepare` is called before PLAY, for media may overtake its
    answer."""

    def __init__(
        self,
        dialogue: Dialogue,
        url: str,
        mode: Literal["auto", "tcp", "udp"],
        udp_ports: Sequence[int],
        prepare: Callable[[Choice, list[SetUp]], None],
    ) -> None:
        self._dialogue = dialogue
        self._url = url
        self._udp = mode == "udp"
        self._may_change = mode == "auto"
        self._udp_ports = udp_ports
        self._prepare = prepare
        self.timeout_s = DEFAULT_TIMEOUT_S
        self.methods: frozenset[str] = frozenset()
        """What the camera says it understands."""
        self.aggregate = url
        self.played: Response | None = None

    def steps(self) -> Steps:
        """Raises RtspTrouble."""
        answer = yield Ask("OPTIONS", self._url)
        self.methods = frozenset(word.strip().upper() for word in answer.get("public").split(","))
        answer = yield Ask("DESCRIBE", self._url, (("Accept", "application/sdp"),))
        if 300 <= answer.status < 400:
            self._url = self._redirected(answer)
            answer = yield Ask("DESCRIBE", self._url, (("Accept", "application/sdp"),))
        _check(answer, "DESCRIBE")
        description = sdp.parse(answer.body)
        base = self._base(answer)
        self.aggregate = resolve(base, description.control)
        choice = choose(description)
        if not choice.tracks:
            cause = Cause.VIDEO_CODEC if choice.unsupported else Cause.NO_TRACKS
            raise RtspTrouble(cause, choice.unsupported)
        done: list[SetUp] = []
        for track in choice.tracks:
            yield from self._set_up(track, resolve(base, track.control), done)
        if not done:
            raise RtspTrouble(Cause.NO_TRACKS, "none could be set up")
        self._prepare(choice, done)
        answer = yield Ask("PLAY", self.aggregate, (("Range", "npt=0.000-"),))
        _check(answer, "PLAY")
        self.played = answer

    def _set_up(self, track: Track, url: str, done: list[SetUp]) -> Steps:
        number = len(done)
        answer = yield self._setup_request(url, number)
        if answer.status == 461 and not self._udp and self._may_change and self._udp_ports and not done:
            self._udp = True
            answer = yield self._setup_request(url, number)
        if done and answer.status >= 400:
            return  # the camera plays without this track
        _check(answer, "SETUP")
        self._learn_session(answer.get("session"))
        # Some cameras leave the header out when they agree.
        agreed = transport.parse(answer.get("transport") or self._offer(number))
        if agreed.channels is None and not self._udp:
            raise broken("no interleaved channels")
        done.append(SetUp(track, url, agreed, -1 if agreed.channels else number))

    def _setup_request(self, url: str, number: int) -> Ask:
        if self._udp and number >= len(self._udp_ports):
            raise broken("no UDP sockets")
        return Ask("SETUP", url, (("Transport", self._offer(number)),))

    def _offer(self, number: int) -> str:
        return transport.over_udp(self._udp_ports[number]) if self._udp else transport.over_tcp(2 * number)

    def _base(self, described: Response) -> str:
        for name in ("content-base", "content-location"):
            base = described.get(name)
            if base.lower().startswith("rtsp://"):
                return without_credentials(base)
        return self._url

    def _learn_session(self, value: str) -> None:
        session, _, parameters = value.partition(";")
        session = session.strip()
        if len(session) > _MAX_SESSION_CHARACTERS or not session.isprintable():
            raise broken("session")
        self._dialogue.session = self._dialogue.session or session
        name, _, seconds = parameters.strip().lower().partition("=")
        if name.strip() == "timeout" and seconds.strip().isdigit() and len(seconds) < 6:
            self.timeout_s = max(int(seconds), _LEAST_TIMEOUT_S)

    def _redirected(self, answer: Response) -> str:
        """Followed once, and only on this connection: another host was not checked."""
        location = answer.get("location")
        if not same_camera(location, self._url):
            raise RtspTrouble(Cause.REDIRECTED, "another host")
        return resolve(without_credentials(location), "*")


def _check(answer: Response, method: str) -> None:
    status = answer.status
    if status < 300:
        return
    if status < 400:
        raise RtspTrouble(Cause.REDIRECTED, f"{method} {status}")
    if status == 403:
        raise RtspTrouble(WRONG_PASSWORD, f"{method} 403: this user may not")
    if status in (404, 410, 454):
        raise RtspTrouble(Cause.NOT_FOUND, f"{method} {status}")
    raise broken(f"{method} {status}")


def rtp_info(value: str) -> list[tuple[str, int | None, int | None]]:
    """URL, sequence number and timestamp of each track (RFC 2326 §12.33)."""
    found = []
    for part in value.split(",")[:16]:
        words = (word.strip().partition("=") for word in part.split(";"))
        fields = {name.lower(): text for name, _, text in words}
        found.append((fields.get("url", ""), _integer(fields, "seq", 16), _integer(fields, "rtptime", 32)))
    return found


def _integer(fields: dict[str, str], name: str, bits: int) -> int | None:
    text = fields.get(name, "")
    whole = text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if whole and int(text) < 1 << bits else None
