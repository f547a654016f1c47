"""Invitations made on this machine, without asking a running server: `huishang token`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conference.model.errors import RoomClosed
from conference.model.ids import Identity, RoomId
from conference.model.roles import Role
from conference.store import SqlRoomStore, SqlTokenStore, open_database
from conference.store.database import database_url
from server.addresses import page_host
from server.secrets import load_secrets
from signaling.auth import TokenAuthority

if TYPE_CHECKING:
    from config import Settings

FIRST_ROOM: Final = RoomId("main")
"""The room that the first start makes; invitations lead there when no other is named."""


@dataclass(frozen=True, repr=False)
class Invitation:
    """`token` is a credential; `link` opens the join page with it (the fragment never reaches a server's log)."""

    token: str
    link: str
    expires_at_s: float


async def issue_invitation(
    settings: Settings, *, room: str, role: str, identity: str | None, name: str, ttl_s: int, now_s: float
) -> Invitation:
    """Raises RoomNotFound, RoomClosed."""
    secrets = load_secrets(settings.data)
    url = database_url(settings.database.url, settings.data)
    async with open_database(url, pool_size=1) as database:
        record = await SqlRoomStore(database).get(RoomId(room))
        if record.closed_at_s is not None:
            raise RoomClosed(room)
        tokens = SqlTokenStore(database)
        authority = TokenAuthority(secrets.join_key.encode(), revoked=tokens, leeway_s=settings.auth.leeway_s)
        issued = authority.issue(
            RoomId(room),
            Role(role),
            identity=Identity(identity) if identity else None,
            name=name,
            ttl_s=min(ttl_s, settings.auth.join_ttl_s),
            now_s=now_s,
        )
        await tokens.record(issued.record)
    return Invitation(issued.token, join_link(settings, room, issued.token), issued.record.expires_at_s)


def public_url(settings: Settings) -> str:
    """What links begin with."""
    if settings.http.public_url is not None:
        return settings.http.public_url
    scheme = "https" if settings.http.tls else "http"
    return f"{scheme}://{page_host(settings.http.host)}:{settings.http.port}"


def join_link(settings: Settings, room: str, token: str) -> str:
    return f"{public_url(settings)}/join/{room}#t={token}"
