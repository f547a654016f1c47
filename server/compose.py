"""The composition root: every part is opened here, in one stack that closes in reverse order (docs/lifecycle.md)."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conference.media.plane import open_plane
from conference.model.errors import RoomExists
from conference.model.ids import RoomId
from conference.service import Conference
from conference.store import SqlRoomStore, SqlTokenStore, open_database
from conference.store.database import database_url
from server.addresses import advertised_addresses, page_host
from server.secrets import load_secrets
from server.tls import certificate_files, server_context
from signaling.app import Edge, serve_edge
from signaling.auth import JoinTokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from config import Settings
    from server.secrets import Secrets

log: Final = logging.getLogger("huishang")

FIRST_ROOM: Final = RoomId("main")


@dataclass(frozen=True)
class Running:
    """A server that answers. `url` is what invitation links begin with."""

    url: str
    conference: Conference
    join_tokens: JoinTokens
    secrets: Secrets
    self_signed: bool


class SystemClock:
    def monotonic_s(self) -> float:
        return time.monotonic()

    def wall_s(self) -> float:
        return time.time()
