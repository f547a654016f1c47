"""The paths a browser opens: the pages, their files, the WebSocket, the OpenAPI document."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from conference.model.errors import ServerFull, ServerStopping
from signaling.errors import OriginRefused, PageMissing, PathNotFound, UpgradeRequired
from signaling.operation import Access, Answer, Call, Operation


async def home(call: Call) -> web.StreamResponse:
    return call.edge.pages.page("index.html")


async def join(call: Call) -> web.StreamResponse:
    return call.edge.pages.page("join.html")


async def sources(call: Call) -> web.StreamResponse:
    return call.edge.pages.page("sources.html")


async def recordings(call: Call) -> web.StreamResponse:
    return call.edge.pages.page("recordings.html")


async def wall(call: Call) -> web.StreamResponse:
    return call.edge.pages.page("wall.html")


async def console(call: Call) -> web.StreamResponse:
    return call.edge.pages.page("console.html")


async def asset(call: Call) -> web.StreamResponse:
    return call.edge.pages.file(f"assets/{call.request.match_info['file']}")


async def root_file(call: Call) -> web.StreamResponse:
    return call.edge.pages.file(call.request.match_info["file"])


async def socket(call: Call) -> web.StreamResponse:
    return await call.edge.sockets.serve(call.request)


_HTML: Final = (Answer(status=200, text="The page", content_type="text/html"),)
_FILE: Final = (Answer(status=200, text="The file", content_type="application/octet-stream"),)

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/",
        id="homePage",
        summary="Home: open an invitation, or administrate",
        access=Access.OPEN,
        handler=home,
        answers=_HTML,
        errors=(PageMissing,),
    ),
    Operation(
        method="GET",
        path="/join/{room}",
        id="joinPage",
        summary="Join a meeting; the token stays in the link's fragment",
        access=Access.OPEN,
        handler=join,
        answers=_HTML,
        errors=(PageMissing,),
    ),
    Operation(
        method="GET",
        path="/sources",
        id="sourcesPage",
        summary="Manage the sources: cameras, drones, encoders",
        access=Access.OPEN,
        handler=sources,
        answers=_HTML,
        errors=(PageMissing,),
    ),
    Operation(
        method="GET",
        path="/recordings",
        id="recordingsPage",
        summary="The library of recordings and their player",
        access=Access.OPEN,
        handler=recordings,
        answers=_HTML,
        errors=(PageMissing,),
    ),
    Operation(
        method="GET",
        path="/wall",
        id="wallPage",
        summary="A wall's display: shows a pairing code, then the wall",
        access=Access.OPEN,
        handler=wall,
        answers=_HTML,
        errors=(PageMissing,),
    ),
    Operation(
        method="GET",
        path="/console",
        id="consolePage",
        summary="A host's console of the walls; the token stays in the link's fragment",
        access=Access.OPEN,
        handler=console,
        answers=_HTML,
        errors=(PageMissing,),
    ),
    Operation(
        method="GET",
        path="/assets/{file}",
        id="asset",
        summary="A file of the web client; its name carries its content's hash",
        access=Access.OPEN,
        handler=asset,
        answers=_FILE,
        errors=(PathNotFound,),
    ),
    Operation(
        method="GET",
        path="/ws",
        id="socket",
        summary="The signalling WebSocket (docs/protocol.md); its first message carries the join token",
        access=Access.OPEN,
        handler=socket,
        answers=(Answer(status=101, text="Switched to the WebSocket protocol"),),
        errors=(OriginRefused, UpgradeRequired, ServerFull, ServerStopping),
    ),
    Operation(
        method="GET",
        path="/{file}",
        id="rootFile",
        summary="A file beside the pages, such as the icon",
        access=Access.OPEN,
        handler=root_file,
        answers=_FILE,
        errors=(PathNotFound,),
    ),
)
