"""Which of our addresses peers are told (host candidates)."""

import ipaddress
import logging
import socket
from typing import Final

import ifaddr

from conference.media.words import Candidate

MAX_ADDRESSES: Final = 12

log = logging.getLogger(__name__)


def usable(listen: tuple[str, ...]) -> list[str]:
    """The addresses of `listen` that this machine has; the others are left out with a note."""
    return [address for address in listen if _bindable(address)]


def candidates(
    bound: list[tuple[str, int]],
    *,
    advertise_ips: tuple[str, ...],
    advertise_loopback: bool,
    udp: bool,
    tcp: bool,
) -> tuple[Candidate, ...]:
    """UDP first, IPv4 first, loopback last. Only families and addresses that are really bound."""
    addresses = list(advertise_ips) or own_addresses(loopback=advertise_loopback)
    places = [(address, _port(bound, address, explicit=bool(advertise_ips))) for address in addresses]
    found = [(address, port) for address, port in places if port is not None]
    if not found:  # bound to loopback only, or to addresses that no interface shows
        found = [(address, port) for address, port in bound if not ipaddress.ip_address(address).is_unspecified]
    protocols: tuple[tuple[bool, str], ...] = ((udp, "udp"), (tcp, "tcp"))
    return tuple(
        Candidate(address, port, "udp" if protocol == "udp" else "tcp")
        for wanted, protocol in protocols
        if wanted
        for address, port in found[:MAX_ADDRESSES]
    )


def own_addresses(*, loopback: bool) -> list[str]:
    """This machine's addresses that a peer can use, IPv4 first. Without any, loopback, wanted or not."""
    addresses = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            text = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            addresses.append(ipaddress.ip_address(text.partition("%")[0]))
    outside = [a for a in addresses if not (a.is_loopback or a.is_link_local or a.is_multicast)]
    local = [a for a in addresses if a.is_loopback]
    chosen = outside + (local if loopback or not outside else [])
    return [str(address) for address in sorted(set(chosen), key=lambda a: (a.is_loopback, a.version, chosen.index(a)))]


def _port(bound: list[tuple[str, int]], address: str, *, explicit: bool) -> int | None:
    """The port of the socket that receives for `address`. An explicit one may be a NAT's: any socket of its family."""
    version = ipaddress.ip_address(address).version
    family = [(ipaddress.ip_address(text), port) for text, port in bound]
    family = [(ip, port) for ip, port in family if ip.version == version]
    exact = [port for ip, port in family if str(ip) == address or ip.is_unspecified]
    if exact:
        return exact[0]
    return family[0][1] if explicit and family else None


def _bindable(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError as error:
        log.warning("- this machine cannot listen on %s: %s", address, error.strerror)
        return False
    return True
