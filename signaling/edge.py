"""What the handlers share: the parts of the server that the edge talks to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conference.ports import TokenStore
from config.settings import AuthSettings, HttpSettings
from signaling.auth import AdminKey, TokenAuthority
from signaling.handshake import Sockets
from signaling.limits import NEGOTIATION_BURST, NEGOTIATIONS_PER_S, TokenBucket
from signaling.metrics import EdgeMetrics, LoopHeart
from signaling.pages import Pages
from signaling.readiness import Readiness

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
    negotiations: TokenBucket = field(default_factory=lambda: TokenBucket(NEGOTIATIONS_PER_S, NEGOTIATION_BURST))
    """Offers over HTTP (WHIP, WHEP, probe): each costs a transport, whoever sends it."""
