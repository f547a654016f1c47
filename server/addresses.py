"""Which addresses this machine has, and which of them people are told."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import ifaddr

if TYPE_CHECKING:
    from collections.abc import Sequence


def local_addresses() -> list[str]:
    """Every usable address of this machine, IPv4 first, no loopback, no link-local (a browser cannot use those)."""
    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            address = ipaddress.ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
            if not (address.is_loopback or address.is_link_local or address.is_unspecified):
                found.append(address)
    return [str(address) for address in sorted(set(found), key=lambda a: (a.version, int(a)))]


def advertised_addresses(configured: Sequence[str], *, loopback: bool) -> list[str]:
    """What goes into candidates: the configured addresses, else this machine's own; loopback last, when wanted."""
    addresses = list(configured) or local_addresses()
    if loopback or not addresses:
        addresses += [extra for extra in ("127.0.0.1", "::1") if extra not in addresses]
    return addresses


def page_host(host: str) -> str:
    """The host for links when no public URL is set: the first address others can reach."""
    address = host
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        address = next(iter(local_addresses()), "127.0.0.1")
    return f"[{address}]" if ":" in address else address
