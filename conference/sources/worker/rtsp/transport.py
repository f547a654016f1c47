"""The Transport header (RFC 2326 §12.39)."""

import re
from dataclasses import dataclass

from conference.sources.worker.rtsp.trouble import broken

_PAIR = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Transport:
    """What the camera agreed to. `channels`: of RTP and RTCP inside the TCP connection, None for UDP; `ports`: those it
    sends from over UDP, None when it does not say."""

    channels: tuple[int, int] | None
    ports: tuple[int, int] | None


def over_tcp(channel: int) -> str:
    return f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"


def over_udp(port: int) -> str:
    return f"RTP/AVP;unicast;client_port={port}-{port + 1}"


def parse(value: str) -> Transport:
    """The first choice of an answer. Raises RtspTrouble for multicast, which nobody asked for."""
    words = [word.strip() for word in value.partition(",")[0].split(";")]
    parameters = dict(word.lower().split("=", 1) for word in words if "=" in word)
    if "multicast" in (word.lower() for word in words):
        raise broken("multicast")
    channels = _pair(parameters.get("interleaved", ""), 255)
    if channels is None and words[0].upper().endswith("/TCP"):
        raise broken("transport without channels")
    return Transport(channels, _pair(parameters.get("server_port", ""), 65535))


def _pair(text: str, most: int) -> tuple[int, int] | None:
    found = _PAIR.fullmatch(text)
    if found is None:
        return None
    first = int(found[1])
    second = int(found[2]) if found[2] else first + 1
    return (first, second) if max(first, second) <= most else None
