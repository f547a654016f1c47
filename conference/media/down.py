"""The down connection: the server offers, one m-section for each subscribed track, sections recycled."""

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conference.media.codecs import Format, PayloadTable
from conference.media.extensions import ExtensionTable, forwarded
from conference.media.forwarding import Forwardable
from conference.media.plane import Plane
from conference.media.sdp_media import MediaSection
from conference.media.sdp_offer import Remote, our_role, read_remote
from conference.media.sdp_write import CodecLines, SectionLines, Sent, SessionLines, write_head, write_section
from conference.media.subscriptions import LayerListener, Sources, Subscriptions, format_of, paired
from conference.media.transport import Transport
from conference.media.words import Extension
from conference.media.worker import Worker
from conference.model.errors import OfferUnexpected, SdpRefused
from conference.model.outgoing import MidTrack, SubscribeOffered
from conference.model.track import Kind

MAX_SECTIONS: Final = 128


@dataclass(slots=True)
class _Carried:
    """A track in a section. `offered`: in an offer that was sent; `subscription`: after the answer took it."""

    source: Forwardable
    sources: Sources
    codecs: tuple[CodecLines, ...]
    extensions: tuple[Extension, ...]
    offered: bool = False
    subscription: int | None = None


@dataclass(slots=True)
class _Section:
    """One m-section, for the lifetime of the connection. An empty one keeps its last codecs and is inactive. `text`: as
    last written, "" when it has changed since."""

    mid: str
    kind: Kind
    codecs: tuple[CodecLines, ...]
    extensions: tuple[Extension, ...]
    carried: _Carried | None = None
    text: str = ""


class DownConnection:
    """`track` wishes go in, offers come out of `poll`; while one is outstanding, changes wait and go together."""

    def __init__(self, plane: Plane, worker: Worker, *, room: int, on_layer: LayerListener) -> None:
        self.transport: Transport = plane.open(worker, room=room)
        self._session_id = secrets.randbits(62)
        self._version = 0
        self._number = 0
        self._outstanding: SubscribeOffered | None = None
        self._offered = 0
        self._dirty = False
        self._sections: list[_Section] = []
        self._payloads = PayloadTable()
        self._extensions = ExtensionTable()
        self._refused: set[int] = set()
        self._unplayable: set[Format] = set()
        self._mids = itertools.count()
        self.subscriptions = Subscriptions(plane, self.transport, cname=secrets.token_urlsafe(9), on_layer=on_layer)

    @property
    def carried(self) -> list[Forwardable]:
        """What the sections hold now, offered or about to be."""
        return [section.carried.source for section in self._sections if section.carried is not None]

    @property
    def refused_formats(self) -> int:
        """How many formats the peer has refused so far."""
        return len(self._unplayable)

    @property
    def outstanding(self) -> SubscribeOffered | None:
        """The offer that waits for its answer."""
        return self._outstanding

    def set_tracks(self, wanted: Sequence[Forwardable]) -> None:
        """Ends what is no longer wanted at once; what is new comes with the next offer. Twice changes nothing."""
        wanted = [self._playable(source) for source in wanted]
        numbers = {source.number for source in wanted}
        homes: dict[str, _Section] = {}
        for section in self._sections:
            carried = section.carried
            if carried is not None and carried.source.number not in numbers:
                homes[carried.source.track] = section
                self._empty(section)
        self._refused &= numbers
        held = {source.number for source in self.carried} | self._refused
        for source in wanted:
            if source.number not in held:
                self._place(source, homes.get(source.track))

    def _playable(self, source: Forwardable) -> Forwardable:
        other = source.alternative
        return other if other is not None and format_of(source) in self._unplayable else source

    def poll(self) -> SubscribeOffered | None:
        """The next offer when there is something to say and none is outstanding."""
        if self._outstanding is not None or not self._dirty or not self._sections or not self.transport.open:
            return None
        self._dirty = False
        self._version += 1
        self._number += 1
        self._offered = len(self._sections)
        for section in self._sections:
            if section.carried is not None:
                section.carried.offered = True
        self._outstanding = SubscribeOffered(
            number=self._number,
            sdp=self._write(),
            tracks=tuple(
                MidTrack(section.mid, section.carried.source.track)
                for section in self._sections
                if section.carried is not None
            ),
        )
        return self._outstanding

    def answered(self, number: int, text: str) -> list[int]:
        """Takes the answer: subscribes to what it accepts. Returns the new subscriptions.

        Raises OfferUnexpected for another number than the outstanding one, SdpRefused (the offer then stays
        outstanding), ServerFull.
        """
        if self._outstanding is None or self._outstanding.number != number:
            raise OfferUnexpected(f"answer to offer {number}")
        news = {section.mid for section in self._sections if _unanswered(section)}
        remote = read_remote(text, max_sections=MAX_SECTIONS, only=news)
        if [section.mid for section in remote.sections] != [section.mid for section in self._sections[: self._offered]]:
            raise SdpRefused("the answer's sections are not the offer's")
        if remote.setup == "actpass":
            raise SdpRefused("an answer cannot be actpass")
        if self.transport.remote and self.transport.remote != remote.fingerprints:
            raise SdpRefused("the fingerprint changed within a connection")
        self.transport.set_remote(remote.fingerprints, our_role(remote.setup))
        self._outstanding = None
        taken = [
            self._take(section, answer, remote)
            for section, answer in zip(self._sections, remote.sections, strict=False)
        ]
        return [subscription for subscription in taken if subscription is not None]

    def offer_again(self) -> None:
        """The outstanding offer, if any, is void: the next `poll` offers everything as it is now."""
        self._outstanding = None
        self._dirty = bool(self._sections)

    def restart_ice(self) -> None:
        """New credentials with the next offer. Raises ServerFull."""
        self.transport.restart_ice()
        for section in self._sections:
            section.text = ""
        self.offer_again()

    def close(self) -> None:
        """Ends the transport and with it every subscription."""
        self.transport.close()
        self.subscriptions.closed()

    def _empty(self, section: _Section) -> None:
        carried = section.carried
        if carried is None:
            return
        if carried.subscription is not None:
            self.subscriptions.stop(carried.subscription)
        section.carried = None
        section.text = ""
        self._dirty = self._dirty or carried.offered

    def _place(self, source: Forwardable, home: _Section | None) -> None:
        publication = source.publication
        codecs = tuple(self._payloads.lines(format_of(source), red=publication.chosen.red is not None))
        extensions = self._extensions.numbered(forwarded(publication.extensions))
        if not codecs:
            self._refused.add(source.number)
            return
        section = (
            home if home is not None and home.carried is None and home.kind is source.kind else self._free(source.kind)
        )
        if section is None:
            return
        rtx = any(codec.rtpmap.startswith("rtx/") for codec in codecs)
        section.codecs, section.extensions = codecs, extensions
        section.text = ""
        section.carried = _Carried(source, self.subscriptions.sources(rtx=rtx), codecs, extensions)
        self._dirty = True

    def _free(self, kind: Kind) -> _Section | None:
        for section in self._sections:
            if section.kind is kind and section.carried is None:
                return section
        if len(self._sections) >= MAX_SECTIONS:
            return None
        section = _Section(str(next(self._mids)), kind, (), ())
        self._sections.append(section)
        return section

    def _take(self, section: _Section, answer: MediaSection, remote: Remote) -> int | None:
        carried = section.carried
        if carried is None or not _unanswered(section):
            return None
        numbers = {codec.pt for codec in answer.codecs}
        main = next(codec.pt for codec in carried.codecs if not codec.rtpmap.startswith(("rtx/", "red/")))
        if not remote.live(answer) or not answer.receives or main not in numbers:
            self._refuse(section, carried)
            return None
        taken = {codec.rtpmap.partition("/")[0]: codec.pt for codec in carried.codecs if codec.pt in numbers}
        both = set(carried.extensions) & set(answer.extensions)
        carried.subscription = self.subscriptions.start(
            carried.source,
            mid=section.mid,
            sources=carried.sources,
            payloads=paired(carried.source.publication.chosen, main=main, rtx=taken.get("rtx"), red=taken.get("red")),
            extensions=tuple(extension for extension in carried.extensions if extension in both),
        )
        return carried.subscription

    def _refuse(self, section: _Section, carried: _Carried) -> None:
        """The peer cannot play this codec. The section comes back with one that everybody can (RFC 7742, RFC 7874), and
        with another mid, because a refused one is used up (RFC 8829 section 5.2.2)."""
        self._refused.add(carried.source.number)
        self._unplayable.add(format_of(carried.source))
        section.carried = None
        section.text = ""
        section.mid = str(next(self._mids))
        plain = Format("opus") if section.kind is Kind.AUDIO else Format("vp8")
        section.codecs = tuple(self._payloads.lines(plain, red=False))

    def _write(self) -> str:
        session = self._session()
        for section in self._sections:
            if not section.text:
                section.text = write_section(session, self._lines(section), tagged=section is self._sections[0])
        head = write_head(session, [section.mid for section in self._sections])
        return head + "".join(section.text for section in self._sections)

    def _session(self) -> SessionLines:
        return SessionLines(
            session_id=self._session_id,
            version=self._version,
            ice=self.transport.ice,
            fingerprints=(self.transport.fingerprint,),
            setup="actpass",
            candidates=self.transport.candidates,
            extmap_mixed=True,
        )

    def _lines(self, section: _Section) -> SectionLines:
        carried = section.carried
        sent = None
        if carried is not None:
            sent = Sent(
                ssrc=carried.sources.ssrc,
                rtx_ssrc=carried.sources.rtx_ssrc,
                cname=self.subscriptions.cname,
                stream=carried.source.owner,
                track=carried.source.track,
            )
        return SectionLines(
            mid=section.mid,
            media=section.kind.value,
            direction="sendonly" if carried is not None else "inactive",
            codecs=section.codecs,
            extensions=section.extensions,
            sent=sent,
        )


def _unanswered(section: _Section) -> bool:
    carried = section.carried
    return carried is not None and carried.offered and carried.subscription is None
