"""WHIP and WHEP sessions (RFC 9725): a resource each, its ETag, its ICE restarts; and the join page's probes."""

import secrets
from dataclasses import dataclass, field
from typing import Final, Literal

from conference.live import LiveRoom
from conference.media.plane import Plane
from conference.media.sdp_fragment import read_fragment
from conference.media.sdp_offer import Remote, read_remote
from conference.media.sdp_write import write_fragment
from conference.media.up import UpConnection
from conference.media.whep import WhepConnection
from conference.members import Member
from conference.model.errors import CodecUnsupported, EtagMismatch, EtagMissing, SessionNotFound, TransportOff
from conference.model.ids import SessionId
from conference.model.track import Kind, Source
from conference.results import PatchResult, PublishRequest

PROBE_S: Final = 10.0
MAX_PROBES: Final = 100
"""More people than that do not open the join page within ten seconds."""


@dataclass(slots=True)
class Session:
    """`etag` changes with each ICE session (section 4.3.1)."""

    id: SessionId
    live: LiveRoom
    member: Member
    tag_mid: str
    etag: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def connection(self) -> UpConnection | WhepConnection:
        """The one connection it has. Raises SessionNotFound when it has just ended."""
        down = self.member.down
        found = self.member.up if self.member.up is not None else down if isinstance(down, WhepConnection) else None
        if found is None:
            raise SessionNotFound(self.id)
        return found


class SessionBook:
    """Sessions by id."""

    def __init__(self) -> None:
        self._sessions: dict[SessionId, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def add(self, live: LiveRoom, member: Member, *, tag_mid: str) -> Session:
        """A session with an id nobody can guess: whoever knows it and has a token may end it."""
        session = Session(SessionId(f"s-{secrets.token_urlsafe(12)}"), live, member, tag_mid)
        self._sessions[session.id] = session
        return session

    def get(self, session: SessionId) -> Session:
        """Raises SessionNotFound."""
        try:
            return self._sessions[session]
        except KeyError:
            raise SessionNotFound(session) from None

    def remove_member(self, member: Member) -> None:
        """The member has left."""
        for session in [s for s in self._sessions.values() if s.member is member]:
            del self._sessions[session.id]


def patch(session: Session, fragment: str, etag: str | None) -> PatchResult:
    """Trickled candidates are passed over (the server is ICE-lite and never checks them); new credentials restart ICE.

    Sections 4.3.1 and 4.3.2: a trickle names the current ETag, a restart says "*". Raises EtagMissing, EtagMismatch,
    SdpRefused, MediaLost, ServerFull.
    """
    if etag is None:
        raise EtagMissing
    if etag not in ("*", session.etag):
        raise EtagMismatch
    ice = read_fragment(fragment)
    connection = session.connection
    if ice is None or ice == connection.remote_ice:
        return PatchResult(fragment=None, etag=session.etag)
    connection.restart_ice(ice)
    session.etag = secrets.token_urlsafe(9)
    return PatchResult(fragment=write_fragment(connection.session(), session.tag_mid), etag=session.etag)


def encoder_tracks(remote: Remote) -> list[PublishRequest]:
    """What an encoder sends: its first video is a camera, its second a screen; the same with sound. Raises
    CodecUnsupported when it sends nothing."""
    left = {
        Kind.AUDIO: [Source.MICROPHONE, Source.SCREEN_AUDIO],
        Kind.VIDEO: [Source.CAMERA, Source.SCREEN],
    }
    found = []
    for section in remote.sections:
        if section.kind is not None and remote.live(section) and section.sends and left[section.kind]:
            found.append(PublishRequest(mid=section.mid, source=left[section.kind].pop(0)))
    if not found:
        raise CodecUnsupported("the offer sends nothing")
    return found


class Probes:
    """Connections of join pages that try whether UDP or TCP gets through; in no room, ended after ten seconds."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._open: list[tuple[float, UpConnection]] = []

    def answer(self, offer_sdp: str, transport: Literal["udp", "tcp"]) -> str:
        """Raises SdpRefused, TransportOff, ServerFull."""
        remote = read_remote(offer_sdp)
        worker = self._plane.place()
        candidates = tuple(c for c in worker.candidates if c.protocol == transport)
        if not candidates:
            raise TransportOff(transport)
        self._plane.admit(full=len(self._open) >= MAX_PROBES)
        connection = UpConnection(
            self._plane,
            worker,
            room=self._plane.number(),
            on_receiving=lambda _number, _receiving: None,
        )
        self._open.append((self._plane.now_s() + PROBE_S, connection))
        return connection.negotiate(remote, set(), candidates=candidates)

    def sweep(self, now_s: float) -> None:
        """Ends those whose time is over."""
        for until_s, connection in self._open:
            if until_s <= now_s:
                connection.close()
        self._open = [(until_s, connection) for until_s, connection in self._open if until_s > now_s]
