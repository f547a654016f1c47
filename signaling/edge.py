"""What the handlers share: the parts of the server that the edge talks to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conference.ports import TokenStore
from conference.walls.pairing import Attempts
from config.settings import AuthSettings, HttpSettings
from signaling.auth import AdminKey, TokenAuthority
from signaling.desks import Desks
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


@dataclass(frozen=True, kw_only=True)
class Edge:
    """Made once by `app.make_app`. `wall_s`: Unix time."""

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
    composed_tickets: Tickets
    desks: Desks
    wrong_codes: Attempts = field(default_factory=Attempts)
    """Pairing codes that nobody shows, by caller."""
    negotiations: TokenBucket = field(default_factory=lambda: TokenBucket(NEGOTIATIONS_PER_S, NEGOTIATION_BURST))
    """Offers over HTTP (WHIP, WHEP, probe): each costs a transport, whoever sends it."""
    source_tests: Slots = field(default_factory=lambda: Slots(MAX_SOURCE_TESTS))
    """Addresses that are being tried: each costs a connection and a child process."""
    downloads: Slots = field(default_factory=lambda: Slots(MAX_DOWNLOADS))
    """Bytes of recordings on their way: each costs memory for as long as its reader is slow."""
