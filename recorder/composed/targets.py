"""Where streams may be pushed to: addresses as encoders take them, checked before anything is dialled."""

from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, urlencode

from conference.composing import OutputKind
from conference.model.errors import AddressInvalid
from conference.sources.address import parse_address
from recorder.composed.outlets import Target

_RTMP: Final = MappingProxyType({"rtmp": 1935})
_SRT: Final = MappingProxyType({"srt": 8890})
MAX_STREAM: Final = 512
MAX_LATENCY_MS: Final = 8_000


def target_of(kind: OutputKind, url: str) -> Target:
    """`rtmp://host[:port]/application/stream key`, or `srt://host[:port]?streamid=…&passphrase=…&latency=…`.

    Raises AddressInvalid, SchemeRefused.
    """
    endpoint = parse_address(url, _RTMP if kind is OutputKind.RTMP else _SRT)
    if endpoint.username or endpoint.password:
        raise AddressInvalid("credentials belong into the stream key")
    if kind is OutputKind.SRT:
        return Target(endpoint, f"{endpoint.host}:{endpoint.port}", _srt_query(endpoint.url))
    head, _, stream = endpoint.url.rpartition("/")
    # rtmp://host/app has three slashes: what is left of the last one must hold an application.
    if head.count("/") < 3 or not stream or len(stream) > MAX_STREAM:
        raise AddressInvalid("rtmp://host/application/key")
    return Target(endpoint, head, stream)


def _srt_query(url: str) -> str:
    """What of the query is for us; encoders write more into it. `latency` counts ms, as in libsrt's own tools."""
    try:
        pairs = parse_qsl(url.partition("?")[2], max_num_fields=16)
    except ValueError:
        raise AddressInvalid("query") from None
    said = dict(pairs)
    wanted = {name: said[name] for name in ("streamid", "passphrase", "latency") if said.get(name)}
    if len(wanted.get("streamid", "").encode()) > MAX_STREAM:
        raise AddressInvalid("streamid")
    if "passphrase" in wanted and not 10 <= len(wanted["passphrase"].encode()) <= 79:
        raise AddressInvalid("passphrase")
    latency = wanted.get("latency", "0")
    if not (latency.isascii() and latency.isdigit() and len(latency) <= 4 and int(latency) <= MAX_LATENCY_MS):
        raise AddressInvalid("latency")
    if said.get("mode", "caller") != "caller":
        raise AddressInvalid("mode")
    return urlencode(wanted)
