"""One relay worker from Python's side: commands in our own values, refusals as our own errors."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from conference.media.binding import Binding, Words
from conference.media.peer import SrtpKeys
from conference.media.words import Candidate, Encoding, Extension, IceCredentials, Payload, Want
from conference.model.errors import ServerFull
from conference.model.track import Kind

if TYPE_CHECKING:
    from conference.media import _relay

log = logging.getLogger(__name__)


class Worker:
    """`transports`: how many it carries now. `alive` turns False once, when its thread is gone."""

    def __init__(self, index: int, binding: Binding, relay: "_relay.Relay", candidates: tuple[Candidate, ...]) -> None:
        self.index = index
        self.candidates = candidates
        self.transports = 0
        self.alive = True
        self._words = Words(binding)
        self._relay = relay
        self._error = binding.RelayError

    def fileno(self) -> int:
        """For `loop.add_reader`."""
        return self._relay.fileno()

    def poll(self) -> "list[_relay.Event]":
        """What happened since the last call; marks the worker dead when it cannot tell."""
        try:
            return self._relay.poll()
        except self._error:
            self.alive = False
            log.exception("x relay worker %d is gone", self.index)
            return []

    def stats(self) -> "_relay.Stats | None":
        """The last snapshot, or None from a dead worker."""
        try:
            return self._relay.stats()
        except self._error:
            self.alive = False
            return None

    def track_stats(self) -> "dict[int, _relay.TrackStats]":
        """The last snapshot of every track it carries."""
        stats = self.stats() if self.alive else None
        return {row.track: row for row in stats.tracks} if stats is not None else {}

    def close(self) -> None:
        """Ends the thread and its sockets."""
        self.alive = False
        self._relay.close()

    # ---- transports ----

    def add_transport(self, transport: int, *, room: int, ice: IceCredentials) -> None:
        """Raises ServerFull."""
        self._must(lambda: self._relay.add_transport(transport, room=room, ufrag=ice.ufrag, pwd=ice.pwd))
        self.transports += 1

    def restart_ice(self, transport: int, ice: IceCredentials) -> None:
        """Raises ServerFull."""
        self._must(lambda: self._relay.restart_ice(transport, ufrag=ice.ufrag, pwd=ice.pwd))

    def send_dtls(self, transport: int, datagram: bytes) -> None:
        """Lossy, as datagrams are."""
        self._may(lambda: self._relay.send_dtls(transport, datagram))

    def install_srtp(self, transport: int, keys: SrtpKeys) -> None:
        """Raises ServerFull."""
        self._must(
            lambda: self._relay.install_srtp(
                transport, keys.profile, keys.rx_key, keys.rx_salt, keys.tx_key, keys.tx_salt
            )
        )

    def close_transport(self, transport: int) -> None:
        """From here on nothing of it is forwarded. Once per transport."""
        self.transports -= 1
        self._may(lambda: self._relay.close_transport(transport))

    # ---- sources and taps ----

    def add_injector(self, transport: int, *, room: int) -> None:
        """A transport without a peer: media comes and subscriptions go through `inject`. Raises ServerFull."""
        self._must(lambda: self._relay.add_injector(transport, room=room))
        self.transports += 1

    def inject(self, transport: int, fd: int) -> None:
        """The worker uses a duplicate of `fd`; the caller closes its own. Raises ServerFull, OSError."""
        self._must(lambda: self._relay.inject(transport, fd))

    # ---- tracks ----

    def publish(
        self,
        transport: int,
        track: int,
        *,
        kind: Kind,
        mid: str,
        payloads: tuple[Payload, ...],
        extensions: tuple[Extension, ...],
        encodings: tuple[Encoding, ...],
    ) -> None:
        """Raises ServerFull."""
        words = self._words
        self._must(
            lambda: self._relay.publish(
                transport,
                track,
                kind=kind.value,
                mid=mid,
                payloads=[words.payload(payload) for payload in payloads],
                extensions=[words.extension(extension) for extension in extensions],
                encodings=[words.encoding(encoding) for encoding in encodings],
            )
        )

    def unpublish(self, track: int) -> None:
        """Nothing of this track is forwarded any more."""
        self._may(lambda: self._relay.unpublish(track))

    def pause_track(self, track: int, *, paused: bool) -> None:
        """Stops or continues forwarding to everyone."""
        self._may(lambda: self._relay.pause_track(track, paused))

    def subscribe(
        self,
        transport: int,
        subscription: int,
        track: int,
        *,
        mid: str,
        ssrc: int,
        rtx_ssrc: int | None,
        payloads: tuple[tuple[int, Payload], ...],
        extensions: tuple[Extension, ...],
        cname: str,
        screen: bool,
    ) -> None:
        """Raises ServerFull."""
        words = self._words
        self._must(
            lambda: self._relay.subscribe(
                transport,
                subscription,
                track,
                mid=mid,
                ssrc=ssrc,
                rtx_ssrc=rtx_ssrc,
                payloads=[(pt, words.payload(payload)) for pt, payload in payloads],
                extensions=[words.extension(extension) for extension in extensions],
                cname=cname,
                screen=screen,
            )
        )

    def unsubscribe(self, subscription: int) -> None:
        """Ends one subscription."""
        self._may(lambda: self._relay.unsubscribe(subscription))

    def set_wants(self, wants: list[Want]) -> None:
        """Lossy: the next wishes replace these."""
        if wants:
            self._may(lambda: self._relay.set_wants([self._words.want(want) for want in wants]))

    def _must(self, command: Callable[[], None]) -> None:
        try:
            command()
        except self._error as error:
            log.warning("x relay worker %d: %s", self.index, error)
            raise ServerFull(f"relay: {error}") from None

    def _may(self, command: Callable[[], None]) -> None:
        try:
            command()
        except self._error as error:
            log.info("x relay worker %d: %s", self.index, error)
