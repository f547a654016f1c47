"""A WHEP player's connection: it offers m-sections to receive in, we answer, and fill them from the room.

WHEP has no renegotiation: when a track ends its section is free, and the next track that fits takes it. With fewer
audio sections than people, the sections follow the loudest.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from conference.media.codecs import Chosen, Format, choose_all
from conference.media.extensions import answered
from conference.media.forwarding import Forwardable
from conference.media.plane import Plane
from conference.media.sdp_media import MediaSection
from conference.media.sdp_offer import Remote, our_role
from conference.media.sdp_write import SectionLines, Sent, SessionLines, write
from conference.media.subscriptions import LayerListener, Sources, Subscriptions, format_of, paired
from conference.media.transport import Transport
from conference.media.up import codec_lines
from conference.media.words import Extension, IceCredentials, Want
from conference.media.worker import Worker
from conference.model.errors import CodecUnsupported, MediaLost
from conference.model.track import Kind

DEFAULT_SIZE: Final = (1920, 1080)
"""A player does not tell the size of its window; bandwidth alone limits it then."""


@dataclass(slots=True)
class _Slot:
    """One m-section that can carry a track of any of `formats`. `sources`: announced in the answer, for the first."""

    mid: str
    kind: Kind
    formats: dict[Format, Chosen]
    extensions: tuple[Extension, ...]
    sources: Sources | None
    source: Forwardable | None = None
    subscription: int | None = None


class WhepConnection:
    """Made from the offer; `answer` is what to send back. Raises CodecUnsupported when no section is usable."""

    def __init__(
        self,
        plane: Plane,
        worker: Worker,
        remote: Remote,
        *,
        room: int,
        on_layer: LayerListener,
    ) -> None:
        usable = {
            section.mid: formats
            for section in remote.sections
            if remote.live(section) and section.receives and section.rtcp_mux
            if (formats := _formats(choose_all(section, video_codecs=plane.video_codecs)))
        }
        if not usable:
            raise CodecUnsupported("no section of the offer can be filled")
        self.transport: Transport = plane.open(worker, room=room)
        self.subscriptions = Subscriptions(plane, self.transport, cname=secrets.token_urlsafe(9), on_layer=on_layer)
        self._session_id = secrets.randbits(62)
        self._remote = remote
        self._slots = [
            self._slot(section, section.kind, usable[section.mid])
            for section in remote.sections
            if section.mid in usable and section.kind is not None
        ]
        self._role = our_role(remote.setup)
        self.transport.set_remote(remote.fingerprints, self._role)
        self.answer = write(self.session(), [self._lines(section) for section in remote.sections])

    @property
    def carried(self) -> list[Forwardable]:
        """What the sections hold now."""
        return [slot.source for slot in self._slots if slot.source is not None]

    def set_tracks(self, wanted: Sequence[Forwardable]) -> list[Want]:
        """Fills the sections, most important first; one that plays something still wanted keeps it. Returns wishes for
        the new video subscriptions."""
        wanted = [self._playable(source) for source in wanted]
        numbers = {source.number for source in wanted}
        for slot in self._slots:
            if slot.source is not None and slot.source.number not in numbers:
                self._empty(slot)
        held = {source.number for source in self.carried}
        wants = []
        for source in wanted:
            place = self._free(source) if source.number not in held else None
            if place is not None:
                number = self._fill(*place, source)
                if source.kind is Kind.VIDEO:
                    wants.append(Want(number, *DEFAULT_SIZE))
        return wants

    def _playable(self, source: Forwardable) -> Forwardable:
        other = source.alternative
        if other is None or any(_fitting(slot, source) is not None for slot in self._slots if slot.kind is source.kind):
            return source
        return other

    def follow(self, loudest: Forwardable) -> None:
        """Gives the loudest an audio section when it has none and every section is taken."""
        if loudest.kind is not Kind.AUDIO or loudest.number in {source.number for source in self.carried}:
            return
        for slot in self._slots:
            chosen = _fitting(slot, loudest)
            if chosen is not None and slot.source is not None:
                self._empty(slot)
                self._fill(slot, chosen, loudest)
                return

    def restart_ice(self, ice: IceCredentials) -> None:
        """ICE restart by fragment. Raises MediaLost, ServerFull."""
        if not self.transport.open:
            raise MediaLost("the transport of this connection has ended")
        self.transport.restart_ice()
        self._remote = replace(self._remote, ice=ice)

    @property
    def remote_ice(self) -> IceCredentials:
        """The peer's credentials of the current ICE session."""
        return self._remote.ice

    def session(self) -> SessionLines:
        """For the answer and for trickle fragments."""
        return SessionLines(
            session_id=self._session_id,
            version=1,
            ice=self.transport.ice,
            fingerprints=(self.transport.fingerprint,),
            setup="passive" if self._role == "server" else "active",
            candidates=self.transport.candidates,
            extmap_mixed=self._remote.extmap_mixed,
        )

    def close(self) -> None:
        """Ends the transport and with it every subscription."""
        self.transport.close()
        self.subscriptions.closed()

    def _slot(self, section: MediaSection, kind: Kind, formats: dict[Format, Chosen]) -> _Slot:
        rtx = any(chosen.rtx is not None for chosen in formats.values())
        sources = self.subscriptions.sources(rtx=rtx)
        return _Slot(section.mid, kind, formats, answered(section.extensions), sources)

    def _free(self, source: Forwardable) -> tuple[_Slot, Chosen] | None:
        for slot in self._slots:
            chosen = _fitting(slot, source)
            if chosen is not None and slot.source is None:
                return slot, chosen
        return None

    def _fill(self, slot: _Slot, chosen: Chosen, source: Forwardable) -> int:
        rtx = chosen.rtx.pt if chosen.rtx is not None else None
        sources = slot.sources or self.subscriptions.sources(rtx=rtx is not None)
        slot.sources = None
        slot.source = source
        slot.subscription = self.subscriptions.start(
            source,
            mid=slot.mid,
            sources=sources if rtx is not None else Sources(sources.ssrc, None),
            payloads=paired(
                source.publication.chosen,
                main=chosen.primary.pt,
                rtx=rtx,
                red=chosen.red.pt if chosen.red is not None else None,
            ),
            extensions=slot.extensions,
        )
        return slot.subscription

    def _empty(self, slot: _Slot) -> None:
        if slot.subscription is not None:
            self.subscriptions.stop(slot.subscription)
        slot.source = slot.subscription = None

    def _lines(self, section: MediaSection) -> SectionLines:
        slot = next((slot for slot in self._slots if slot.mid == section.mid), None)
        if slot is None or slot.sources is None:
            return SectionLines(
                mid=section.mid, media=section.media, protocol=section.protocol, formats=section.formats
            )
        unique = {codec.pt: codec for chosen in slot.formats.values() for codec in chosen.codecs()}
        return SectionLines(
            mid=section.mid,
            media=section.media,
            protocol=section.protocol,
            direction="sendonly",
            codecs=tuple(codec_lines(codec, section.kind) for codec in unique.values()),
            extensions=slot.extensions,
            rtcp_rsize=section.rtcp_rsize,
            sent=Sent(
                ssrc=slot.sources.ssrc,
                rtx_ssrc=slot.sources.rtx_ssrc,
                cname=self.subscriptions.cname,
                stream="room",
                track=section.kind.value if section.kind is not None else section.mid,
            ),
        )


def _formats(choices: list[Chosen]) -> dict[Format, Chosen]:
    """The player's first payload type for each format."""
    found: dict[Format, Chosen] = {}
    for chosen in choices:
        found.setdefault(Format.of(chosen.primary), chosen)
    return found


def _fitting(slot: _Slot, source: Forwardable) -> Chosen | None:
    """What the player calls this track's codec. Players that are no browsers name one H.264 profile and decode all."""
    wanted = format_of(source)
    if wanted in slot.formats or wanted.name != "h264":
        return slot.formats.get(wanted)
    return next((chosen for of, chosen in slot.formats.items() if of.name == "h264"), None)
