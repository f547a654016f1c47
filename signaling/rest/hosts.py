"""By which name the caller reached this server: what links and push addresses begin with.

The Host header is the caller's word. It goes into addresses that people copy, so only what can be a host is taken from
it.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from signaling.operation import Call

_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")
_PORT: Final = re.compile(r":[0-9]{1,5}")


def base_url(call: Call) -> str:
    """`https://host:port` of this server, without a slash at its end."""
    request, http = call.request, call.edge.http
    if http.public_url is not None:
        return http.public_url
    forwarded = request.headers.get("X-Forwarded-Proto") if http.trust_forwarded else None
    scheme = forwarded if forwarded in {"http", "https"} else request.scheme
    host, port = _host_and_port(request)
    return f"{scheme}://{host}{port}"


def host(call: Call) -> str:
    """The host of this server without a port; an IPv6 address in brackets."""
    public = call.edge.http.public_url
    if public is not None:
        name = urlsplit(public).hostname or ""
        return f"[{name}]" if ":" in name else name
    return _host_and_port(call.request)[0]


def caller_address(call: Call) -> str:
    """The IP address of whoever calls; behind a proxy that is trusted, the one the proxy saw. "" when unknown."""
    remote = call.request.remote or ""
    seen = call.request.headers.get("X-Forwarded-For", "") if call.edge.http.trust_forwarded else ""
    try:
        # The last one is the trusted proxy's own word, those before it are the caller's.
        return str(ipaddress.ip_address(seen.rpartition(",")[2].strip()))
    except ValueError:
        return remote


def split_host(header: str) -> tuple[str, str] | None:
    """The host and ":port" (or "") of a Host header; None for what is no host (RFC 9110 section 7.2)."""
    name, colon, port = header.rpartition(":")
    if not colon or header.endswith("]"):
        name, colon, port = header, "", ""
    elif not _PORT.fullmatch(":" + port):
        return None
    if name.startswith("[") and name.endswith("]"):
        try:
            name = f"[{ipaddress.IPv6Address(name[1:-1])}]"
        except ValueError:
            return None
    elif not _NAME.fullmatch(name):
        return None
    return name, colon + port


def _host_and_port(request: web.Request) -> tuple[str, str]:
    """As the caller named us; where that is no name, the address that took the connection."""
    named = split_host(request.host)
    if named is not None:
        return named
    transport = request.transport
    address, port = transport.get_extra_info("sockname")[:2] if transport is not None else ("localhost", 0)
    return (f"[{address}]" if ":" in address else str(address)), f":{port}"
