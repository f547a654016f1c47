"""The up connection: a peer offers what it sends (browser page, WHIP encoder, probe), we answer."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from conference.media.codecs import Chosen, choose, feedback
from conference.media.extensions import accepted
from conference.media.plane import Plane
from conference.media.sdp_media import MediaSection, OfferedCodec
from conference.media.sdp_offer import Remote, our_role
from conference.media.sdp_write import CodecLines, SectionLines, SessionLines, write
from conference.media.transport import Transport
from conference.media.words import Candidate, Encoding, Extension, IceCredentials
from conference.media.worker import Worker
from conference.model.errors import MediaLost
from conference.model.track import Kind


@dataclass(frozen=True, slots=True)
class Publication:
    """What one m-section sends, as negotiated."""

    mid: str
    kind: Kind
    chosen: Chosen
    extensions: tuple[Extension, ...]
    encodings: tuple[Encoding, ...]


@dataclass(frozen=True, slots=True)
class RelayTrack:
    """A publication that the relay carries under a number."""

    number: int
    publication: Publication


def plan(remote: Remote, *, video_codecs: tuple[str, ...]) -> dict[str, Publication]:
    """What of the offer can be taken, by mid. Pure."""
    found = {}
    for section in remote.sections:
        if section.kind is None or not remote.live(section) or not section.sends or not section.rtcp_mux:
            continue
        chosen = choose(section, video_codecs=video_codecs)
        if chosen is not None:
            found[section.mid] = Publication(
                section.mid, section.kind, chosen, accepted(section.extensions), section.encodings
            )
    return found


def answer_sections(
    remote: Remote, taken: dict[str, Publication], *, video_codecs: tuple[str, ...]
) -> list[SectionLines]:
    """One section for each of the offer, in its order (RFC 3264 section 6). Pure."""
    return [_answer_section(remote, section, taken.get(section.mid), video_codecs) for section in remote.sections]


class UpConnection:
    """One transport and what it publishes. Renegotiation and ICE restart keep it; a new PeerConnection does not."""

    def __init__(
        self,
        plane: Plane,
        worker: Worker,
        *,
        room: int,
        on_receiving: Callable[[int, bool], None],
    ) -> None:
        self._plane = plane
        self._on_receiving = on_receiving
        self._video_codecs = plane.video_codecs
        self._session_id = secrets.randbits(62)
        self._version = 0
        self._remote: Remote | None = None
        self.transport: Transport = plane.open(worker, room=room)
        self.tracks: dict[str, RelayTrack] = {}

    def continues(self, remote: Remote) -> bool:
        """Whether the offer comes from the same PeerConnection as the last one."""
        last = self._remote
        return last is None or (last.session_id == remote.session_id and last.fingerprints == remote.fingerprints)

    def negotiate(self, remote: Remote, mids: set[str], *, candidates: tuple[Candidate, ...] | None = None) -> str:
        """Takes an offer: publishes what `mids` send, ends what they no longer do, returns the answer.

        New ICE credentials in the offer restart ICE on the same transport. Raises MediaLost, ServerFull.
        """
        if not self.transport.open:
            raise MediaLost("the transport of this connection has ended")
        if self._remote is not None and self._remote.ice != remote.ice:
            self.transport.restart_ice()
        taken = plan(remote, video_codecs=self._video_codecs)
        self._apply({mid: publication for mid, publication in taken.items() if mid in mids})
        role = our_role(remote.setup)
        self.transport.set_remote(remote.fingerprints, role)
        self._remote = remote
        self._version += 1
        session = SessionLines(
            session_id=self._session_id,
            version=self._version,
            ice=self.transport.ice,
            fingerprints=(self.transport.fingerprint,),
            setup="passive" if role == "server" else "active",
            candidates=self.transport.candidates if candidates is None else candidates,
            extmap_mixed=remote.extmap_mixed,
        )
        return write(session, answer_sections(remote, taken, video_codecs=self._video_codecs))

    def session(self) -> SessionLines:
        """What a trickle fragment needs."""
        return SessionLines(
            session_id=self._session_id,
            version=self._version,
            ice=self.transport.ice,
            fingerprints=(self.transport.fingerprint,),
            setup="passive",
            candidates=self.transport.candidates,
            extmap_mixed=False,
        )

    def close(self) -> None:
        """Ends the transport and with it every track of it."""
        self.transport.close()
        self.closed()

    def closed(self) -> None:
        """The transport is gone, and every track with it."""
        for track in self.tracks.values():
            del self._plane.routes.receiving[track.number]
        self.tracks.clear()

    def restart_ice(self, ice: IceCredentials) -> None:
        """ICE restart by fragment: the peer has these credentials now. Raises MediaLost, ServerFull."""
        if not self.transport.open or self._remote is None:
            raise MediaLost("the transport of this connection has ended")
        self.transport.restart_ice()
        self._remote = replace(self._remote, ice=ice)

    @property
    def remote_ice(self) -> IceCredentials | None:
        """The peer's credentials of the current ICE session."""
        return self._remote.ice if self._remote is not None else None

    def _apply(self, wanted: dict[str, Publication]) -> None:
        worker = self.transport.worker
        for mid, track in list(self.tracks.items()):
            if wanted.get(mid) != track.publication:
                worker.unpublish(track.number)
                del self._plane.routes.receiving[track.number]
                del self.tracks[mid]
        for mid, publication in wanted.items():
            if mid not in self.tracks:
                number = self._plane.number()
                worker.publish(
                    self.transport.number,
                    number,
                    kind=publication.kind,
                    mid=mid,
                    payloads=publication.chosen.payloads(),
                    extensions=publication.extensions,
                    encodings=publication.encodings,
                )
                self.tracks[mid] = RelayTrack(number, publication)
                self._plane.routes.receiving[number] = partial(self._on_receiving, number)


def _answer_section(
    remote: Remote, section: MediaSection, taken: Publication | None, video_codecs: tuple[str, ...]
) -> SectionLines:
    chosen = taken.chosen if taken is not None else None
    if chosen is None and section.kind is not None and remote.live(section) and section.rtcp_mux:
        chosen = choose(section, video_codecs=video_codecs)
    if chosen is None:
        return SectionLines(mid=section.mid, media=section.media, protocol=section.protocol, formats=section.formats)
    return SectionLines(
        mid=section.mid,
        media=section.media,
        protocol=section.protocol,
        direction="recvonly" if taken is not None else "inactive",
        codecs=tuple(codec_lines(codec, section.kind) for codec in chosen.codecs()),
        extensions=accepted(section.extensions),
        rids_recv=section.rids_send if taken is not None else (),
        rtcp_rsize=section.rtcp_rsize,
    )


def codec_lines(codec: OfferedCodec, kind: Kind | None) -> CodecLines:
    """An offered codec as our answer repeats it."""
    spelling = {"rtx": "rtx", "red": "red", "opus": "opus"}.get(codec.name, codec.name.upper())
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    return CodecLines(codec.pt, f"{spelling}/{codec.clock_hz}{channels}", codec.fmtp, feedback(codec, kind))
