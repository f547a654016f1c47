"""How often each address came or was refused, against floods and guessing."""

import ipaddress
from collections import OrderedDict
from typing import Final

REFUSALS_PER_MINUTE: Final = 30
"""After so many, an address hears further ones late. It is not locked out: others may share it."""

ARRIVALS_PER_MINUTE: Final = 600
"""A site behind one address reconnects all at once; a TLS handshake costs us more than it costs the peer."""

_WINDOW_S: Final = 60.0
_MAX_PEERS: Final = 4096


def neighbourhood(address: str) -> str:
    """What counts as one peer: an IPv4 address, an IPv6 /64."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip) >> 64 << 64, 64)))
    return str(ip)


class Tally:
    """Counts per peer and minute. Bounded: the peer unheard for longest is forgotten."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, peer: str, now_s: float) -> bool:
        """One more; False when that is too many."""
        begun_s, count = self._counted.pop(peer, (now_s, 0))
        if now_s - begun_s >= _WINDOW_S:
            begun_s, count = now_s, 0
        self._counted[peer] = (begun_s, count + 1)
        if len(self._counted) > _MAX_PEERS:
            self._counted.popitem(last=False)
        return count < self._per_minute
