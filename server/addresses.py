"""Which of this machine's addresses people are told in links, certificates and by the doctor."""

from __future__ import annotations

import ipaddress

from conference.media.candidates import own_addresses


def reachable_addresses() -> list[str]:
    """Addresses that others can reach, IPv4 first; empty on a machine without a network."""
    return [address for address in own_addresses(loopback=False) if not ipaddress.ip_address(address).is_loopback]


def page_host(host: str) -> str:
    """The host for links when no public URL is set: the first address others can reach."""
    address = host
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        address = next(iter(reachable_addresses()), "127.0.0.1")
    return f"[{address}]" if ":" in address else address
