"""Where a source may be fetched from. A URL is taken apart strictly, its name is resolved once, and only the numeric
address that was checked is ever dialled; so no other reading of the same URL, and no later answer of the name service,
leads anywhere else.
"""

import asyncio
import ipaddress
import re
import socket
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote

from conference.model.errors import AddressInvalid, AddressNotAllowed, NameUnknown, SchemeRefused

MAX_URL_CHARACTERS: Final = 2048
MAX_CREDENTIAL_CHARACTERS: Final = 256
MAX_RESOLVED: Final = 16
DEFAULT_PORT: Final = 554
RTSP: Final[Mapping[str, int]] = MappingProxyType({"rtsp": DEFAULT_PORT})

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(?!\d)")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[0-9]{1,5}")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_METADATA: Final = frozenset(ipaddress.ip_address(ip) for ip in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254"))
"""Where clouds hand out their machines' credentials; two of them lie outside the link-local range."""
_NAT64: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_ISATAP: Final = (0x0000_5EFE, 0x0200_5EFE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A pull address taken apart. `url` is without credentials and plain ASCII; `host` a canonical address or name."""

    url: str
    host: str
    port: int
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Endpoint({self.host}, {self.port})"


def parse_address(url: str, schemes: Mapping[str, int] = RTSP) -> Endpoint:
    """`scheme://[user[:password]@]host[:port][/path][?query]`, at most 2048 characters. `schemes`: those that are
    taken, each with its port.

    User, password and host are percent-decoded once. A host that ends in a number must be a canonical IPv4 address:
    0x7f.1, 127.1, 0177.0.0.1 and 2130706433 are refused. Raises AddressInvalid, SchemeRefused.
    """
    if not 0 < len(url) <= MAX_URL_CHARACTERS:
        raise AddressInvalid("length")
    if "\\" in url or any(unicodedata.category(character)[0] in "CZ" for character in url):
        raise AddressInvalid("character")
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise AddressInvalid("scheme missing")
    name = scheme[1].lower()
    if name not in schemes:
        raise SchemeRefused
    rest = url[scheme.end() :]
    if not rest.startswith("//"):
        raise AddressInvalid("// missing")
    authority, path = _split_path(rest[2:])
    userinfo, _, place = authority.rpartition("@")
    host, port = _host_and_port(place, schemes[name])
    username, _, password = userinfo.partition(":")
    shown = f"[{host}]" if ":" in host else host
    where = shown if port == schemes[name] else f"{shown}:{port}"
    return Endpoint(f"{name}://{where}{path}", host, port, _credential(username), _credential(password))


def _split_path(rest: str) -> tuple[str, str]:
    cut = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    authority, path = rest[:cut], rest[cut:]
    if "#" in path:
        raise AddressInvalid("fragment")
    return authority, quote(path, safe="/?%&=+$,;:@!*'()[]~-._")


def _credential(text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise AddressInvalid("credentials") from None
    if len(decoded) > MAX_CREDENTIAL_CHARACTERS or any(unicodedata.category(c)[0] == "C" for c in decoded):
        raise AddressInvalid("credentials")
    return decoded


def _host_and_port(place: str, default_port: int) -> tuple[str, int]:
    if place.startswith("["):
        literal, closed, tail = place[1:].partition("]")
        if not closed or (tail and not tail.startswith(":")):
            raise AddressInvalid("host")
        return _ipv6(literal), _port(tail[1:]) if tail else default_port
    host, colon, port = place.partition(":")
    return _name(host), _port(port) if colon else default_port


def _port(text: str) -> int:
    if not _PORT.fullmatch(text) or not 0 < int(text) <= 65535:
        raise AddressInvalid("port")
    return int(text)


def _ipv6(literal: str) -> str:
    if "%" in literal:
        raise AddressInvalid("zone")
    try:
        return str(_canonical(ipaddress.IPv6Address(literal)))
    except ipaddress.AddressValueError:
        raise AddressInvalid("host") from None


def _name(host: str) -> str:
    try:
        # IDNA's nameprep also folds full-width digits and dots into ASCII, so the checks below see what is meant.
        text = unquote(host, errors="strict").encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise AddressInvalid("host") from None
    labels = text.split(".")
    if len(text) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressInvalid("host")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(text))
        except ipaddress.AddressValueError:
            raise AddressInvalid("host is not a canonical IPv4 address") from None
    return text


def _canonical(address: _Address) -> _Address:
    """An IPv4 address in IPv6 clothes (::ffff:0:0/96) is the IPv4 address: that is what the kernel would dial."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _embedded(address: _Address) -> Iterator[ipaddress.IPv4Address]:
    """IPv4 addresses to which a translator or tunnel would carry this one."""
    if not isinstance(address, ipaddress.IPv6Address):
        return
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    tail = int(address) & 0xFFFF_FFFF
    if address in _COMPATIBLE or any(address in net for net in _NAT64) or int(address) >> 32 & 0xFFFF_FFFF in _ISATAP:
        yield ipaddress.IPv4Address(tail)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """`networks`: CIDR notations in which cameras live. `exact`: (ip, port) pairs allowed wherever they lie, such as a
    camera simulator on this machine. `own`: this machine's addresses, refused unless `exact` names them.

    Raises ValueError for a network or an address that is none.
    """

    networks: tuple[str, ...]
    exact: frozenset[tuple[str, int]]
    own: Callable[[], set[str]]

    def __post_init__(self) -> None:
        exact = frozenset((str(_canonical(ipaddress.ip_address(ip))), port) for ip, port in self.exact)
        networks = tuple(str(ipaddress.ip_network(net, strict=False)) for net in self.networks)
        object.__setattr__(self, "exact", exact)
        object.__setattr__(self, "networks", networks)

    def check(self, ip: str, port: int) -> None:
        """Whether a connection to this numeric address may be made. Raises AddressNotAllowed."""
        try:
            address = _canonical(ipaddress.ip_address(ip))
        except ValueError:
            raise AddressNotAllowed("not numeric") from None
        if not 0 < port <= 65535 or _nowhere(address):
            raise AddressNotAllowed(f"{ip}:{port}")
        if (str(address), port) in self.exact:
            return
        own = {_canonical(ipaddress.ip_address(mine.partition("%")[0])) for mine in self.own()}
        networks = [ipaddress.ip_network(net) for net in self.networks]
        if not all(_permitted(each, networks, own) for each in (address, *_embedded(address))):
            raise AddressNotAllowed(f"{ip}:{port}")


def _nowhere(address: _Address) -> bool:
    """No single machine has it."""
    scoped = isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None
    broadcast = address == ipaddress.IPv4Address("255.255.255.255")
    return scoped or broadcast or address.is_unspecified or address.is_multicast


def _permitted(address: _Address, networks: list[_Network], own: set[_Address]) -> bool:
    if _nowhere(address) or address.is_loopback or address.is_link_local:
        return False
    if address in _METADATA or address in own or (address.version == 4 and address.is_reserved):
        return False
    return any(address in net for net in networks)


async def resolve(endpoint: Endpoint, policy: AddressPolicy, *, timeout_s: float) -> tuple[str, int]:
    """The first address of the endpoint that the policy allows: numeric, canonical, and the one to dial.

    Raises NameUnknown (also when the name service keeps silent for `timeout_s`), AddressNotAllowed.
    """
    refused: AddressNotAllowed | None = None
    for address in await _lookup(endpoint, timeout_s):
        try:
            policy.check(address, endpoint.port)
        except AddressNotAllowed as error:
            refused = error
        else:
            return address, endpoint.port
    raise refused or NameUnknown("no address")


async def _lookup(endpoint: Endpoint, timeout_s: float) -> list[str]:
    try:
        return [str(_canonical(ipaddress.ip_address(endpoint.host)))]
    except ValueError:
        pass  # a name
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise NameUnknown("the name service is silent") from None
    except (OSError, UnicodeError):
        raise NameUnknown(endpoint.host) from None
    return list(dict.fromkeys(_numeric(str(entry[4][0])) for entry in found))[:MAX_RESOLVED]


def _numeric(address: str) -> str:
    """As the name service gives it; a zone stays, the policy refuses it."""
    return str(_canonical(ipaddress.ip_address(address)))
