"""A stand-in for the relay extension: the same classes, which record commands and tell what a test pushes.

Use the module itself as the binding: `Plane(settings, binding=cast(Binding, tests.fakes.relay))`, or `make_plane()`.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, ClassVar, cast

from conference.media.binding import Binding
from conference.media.plane import Plane
from config.settings import MediaSettings


class RelayError(Exception):
    pass


@dataclass(frozen=True)
class Payload:
    pt: int
    codec: str
    clock_hz: int
    rtx_pt: int | None = None


@dataclass(frozen=True)
class Encoding:
    rid: str | None = None
    ssrc: int | None = None
    rtx_ssrc: int | None = None


@dataclass(frozen=True)
class Extension:
    id: int
    uri: str


@dataclass(frozen=True)
class Want:
    subscription: int
    width: int
    height: int
    priority: int = 100
    max_temporal: int = 3


class Event:
    @dataclass(frozen=True)
    class Dtls:
        transport: int
        datagram: bytes

    @dataclass(frozen=True)
    class Ice:
        transport: int
        state: str
        remote: str = "192.0.2.1:50000"
        protocol: str = "udp"

    @dataclass(frozen=True)
    class Layer:
        subscription: int
        layer: int | None
        temporal: int
        reason: str

    @dataclass(frozen=True)
    class Estimate:
        transport: int
        bps: int

    @dataclass(frozen=True)
    class Loudest:
        room: int
        tracks: list[int]

    @dataclass(frozen=True)
    class Receiving:
        track: int
        receiving: bool

    @dataclass(frozen=True)
    class Closed:
        transport: int
        reason: str


@dataclass
class Command:
    """One call: `name` of the method, its arguments as the relay got them."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass
class TransportStats:
    transport: int
    rtt_ms: float | None = 20.0
    lost_up: float = 0.0
    lost_down: float = 0.0


@dataclass
class Stats:
    transports: list[TransportStats] = field(default_factory=list)
    drops: dict[str, int] = field(default_factory=dict)
    tracks: list[Any] = field(default_factory=list)
    subscriptions: list[Any] = field(default_factory=list)
    received_packets: int = 0
    sent_packets: int = 0
    send_calls: int = 0
    cpu_us: int = 0


class Relay:
    """`commands`: everything that was asked of it, in order. `push` events; they arrive through the event loop."""

    made: ClassVar[list[Relay]] = []
    """Every fake since the last `make_plane`."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.commands: list[Command] = []
        self.refuse: set[str] = set()
        """Names of methods that raise RelayError."""
        self.told = Stats()
        self.closed = False
        self.sockets: dict[int, socket.socket] = {}
        """The relay's end of each local transport: to read what a source injects, to write what a tap is sent."""
        self._events: list[Any] = []
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        Relay.made.append(self)

    @property
    def ports(self) -> list[tuple[str, int]]:
        return [(address, port or 40000) for address, port in self.settings["listen"]]

    def fileno(self) -> int:
        return self._wake

    def push(self, *events: Any) -> None:
        """They come up with the loop's next round."""
        self._events.extend(events)
        os.eventfd_write(self._wake, 1)

    def poll(self) -> list[Any]:
        if "poll" in self.refuse:
            raise RelayError("worker-gone")
        os.eventfd_read(self._wake)
        events, self._events = self._events, []
        return events

    def stats(self) -> Stats:
        return self.told

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self._wake)
            for transport in list(self.sockets):
                self._unplug(transport)

    def called(self, name: str) -> list[Command]:
        """The calls of one method."""
        return [command for command in self.commands if command.name == name]

    def transports(self) -> list[int]:
        """Transports that are open, oldest first."""
        closed = {command.args[0] for command in self.called("close_transport")}
        return [
            command.args[0]
            for command in self.commands
            if command.name in {"add_transport", "add_injector"} and command.args[0] not in closed
        ]

    def tracks(self) -> list[int]:
        """Tracks that are published over open transports."""
        ended = {command.args[0] for command in self.called("unpublish")}
        live = set(self.transports())
        return [c.args[1] for c in self.called("publish") if c.args[0] in live and c.args[1] not in ended]

    def edges(self) -> list[tuple[int, int]]:
        """(subscriber's transport, track) of what is really forwarded now."""
        ended = {command.args[0] for command in self.called("unsubscribe")}
        live, tracks = set(self.transports()), set(self.tracks())
        return [
            (c.args[0], c.args[2])
            for c in self.called("subscribe")
            if c.args[0] in live and c.args[1] not in ended and c.args[2] in tracks
        ]

    def taps(self) -> dict[int, dict[int, int]]:
        """What local transports are sent now: the SSRC of each track, by transport."""
        local = {command.args[0] for command in self.called("add_injector")}
        ended = {command.args[0] for command in self.called("unsubscribe")}
        found: dict[int, dict[int, int]] = {transport: {} for transport in self.transports() if transport in local}
        tracks = set(self.tracks())
        for command in self.called("subscribe"):
            transport, subscription, track = command.args
            if transport in found and track in tracks and subscription not in ended:
                found[transport][track] = command.kwargs["ssrc"]
        return {transport: sent for transport, sent in found.items() if sent}

    def _plug(self, transport: int, fd: int) -> None:
        self._unplug(transport)
        self.sockets[transport] = socket.socket(fileno=os.dup(fd))

    def _unplug(self, transport: int) -> None:
        if transport in self.sockets:
            self.sockets.pop(transport).close()

    def __getattr__(self, name: str) -> Any:
        if name not in _COMMANDS:
            raise AttributeError(name)

        def record(*args: Any, **kwargs: Any) -> None:
            if name in self.refuse:
                raise RelayError(f"queue-full: {name}")
            if name == "inject":
                self._plug(*args)
            elif name == "close_transport":
                self._unplug(*args)
            self.commands.append(Command(name, args, kwargs))

        return record


_COMMANDS = frozenset(
    {
        "add_transport",
        "restart_ice",
        "send_dtls",
        "install_srtp",
        "close_transport",
        "add_injector",
        "inject",
        "publish",
        "unpublish",
        "pause_track",
        "request_keyframe",
        "subscribe",
        "unsubscribe",
        "set_wants",
    }
)


def binding() -> Binding:
    """This module, as the plane wants it."""
    module = ModuleType("fake_relay")
    for name in ("Relay", "Event", "Payload", "Encoding", "Extension", "Want", "RelayError"):
        setattr(module, name, globals()[name])
    return cast("Binding", module)


def media_settings(**changes: Any) -> MediaSettings:
    """Loopback only, free port, one worker."""
    base: dict[str, Any] = {
        "listen": ("127.0.0.1",),
        "port": 0,
        "workers": 1,
        "advertise_ips": (),
        "advertise_loopback": True,
        "udp": True,
        "tcp": True,
        "video_codecs": ("VP8", "H264", "VP9", "AV1"),
        "ring_slots": 256,
        "max_transports": 64,
        "start_bitrate_bps": 1_000_000,
        "max_bitrate_bps": 30_000_000,
        "busy_tick_us": 0,
        "dtls_handshakes_per_s": 1000,
    }
    return MediaSettings(**(base | changes))


def make_plane(**changes: Any) -> tuple[Plane, Relay]:
    """A plane over one fake worker."""
    Relay.made.clear()
    plane = Plane(media_settings(**changes), binding=binding())
    return plane, Relay.made[0]
