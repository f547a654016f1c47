"""What the handlers share: the parts of the server that the edge talks to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conference.ports import TokenStore
from config.settings import AuthSettings, HttpSettings
from signaling.auth import AdminKey, TokenAuthority
from signaling.handshake import Sockets
from signaling.limits import (
    MAX_DOWNLOADS,
    MAX_SOURCE_TESTS,
    NEGOTIATION_BURST,
    NEGOTIATIONS_PER_S,
    Slots,
    TokenBucket,
)
from signaling.metrics import EdgeMetrics, LoopHeart
from signaling.pages import Pages
from signaling.readiness import Readiness
from signaling.recordings.tickets import Tickets

if TYPE_CHECKING:
    from conference.service import Conference
    from conference.source_desk import SourceDesk
    from signaling.recordings.library import Library, RecordingSwitch


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePorts:
    """Where encoders push to; None: this server takes no such pushes. `tls`: the RTMP port takes rtmps:// too."""

    rtmp: int | None = None
    srt: int | None = None
    tls: bool = False


@dataclass(frozen=True, kw_only=True)
class Edge:
    """Made once by `app.make_app`. `wall_s`: Unix time. `desk` None: this server has no sources; `library`,
    `recording_switch` None: no recordings."""

    conference: Conference
    tokens: TokenStore
    authority: TokenAuthority
    admin: AdminKey
    http: HttpSettings
    auth: AuthSettings
    metrics: EdgeMetrics
    heart: LoopHeart
    readiness: Readiness
    sockets: Sockets
    pages: Pages
    wall_s: Callable[[], float]
    tickets: Tickets
    library: Library | None = None
    recording_switch: RecordingSwitch | None = None
    desk: SourceDesk | None = None
    source_ports: SourcePorts = field(default_factory=SourcePorts)
    negotiations: TokenBucket = field(default_factory=lambda: TokenBucket(NEGOTIATIONS_PER_S, NEGOTIATION_BURST))
    """Offers over HTTP (WHIP, WHEP, probe): each costs a transport, whoever sends it."""
    source_tests: Slots = field(default_factory=lambda: Slots(MAX_SOURCE_TESTS))
    """Addresses that are being tried: each costs a connection and a child process."""
    downloads: Slots = field(default_factory=lambda: Slots(MAX_DOWNLOADS))
    """Bytes of recordings on their way: each costs memory for as long as its reader is slow."""
