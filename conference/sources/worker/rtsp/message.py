"""RTSP requests and responses (RFC 2326 §4–§7). Responses of version 2.0 (RFC 7826) are read too."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from conference.sources.worker.rtsp.trouble import broken

MAX_HEAD_BYTES: Final = 32_768
MAX_BODY_BYTES: Final = 65_536
MAX_HEADERS: Final = 100

_STATUS = re.compile(r"RTSP/\d\.\d +(\d{3})(?: .*)?")
_REQUEST = re.compile(r"([A-Z_]{1,32}) +(\S{1,2048}) +RTSP/\d\.\d")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")


@dataclass(slots=True)
class Message:
    """`headers`: lower-case name → its values in order."""

    headers: dict[str, list[str]]
    body: bytes = field(default=b"", kw_only=True)

    def get(self, name: str) -> str:
        """The first value of a header, "" when it is absent."""
        values = self.headers.get(name)
        return values[0] if values else ""

    def body_bytes(self) -> int:
        """Content-Length. Raises RtspTrouble when it is no number or too large."""
        text = self.get("content-length") or "0"
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > MAX_BODY_BYTES:
            raise broken("content length")
        return int(text)


@dataclass(slots=True)
class Response(Message):
    status: int


@dataclass(slots=True)
class Request(Message):
    method: str
    url: str


def parse_head(head: bytes) -> Response | Request:
    """The lines before the body, without the empty one. Raises RtspTrouble."""
    lines = head.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    headers = _headers(lines[1:])
    if status := _STATUS.fullmatch(lines[0]):
        return Response(headers, status=int(status[1]))
    if request := _REQUEST.fullmatch(lines[0]):
        return Request(headers, method=request[1], url=request[2])
    raise broken("start line")


def _headers(lines: list[str]) -> dict[str, list[str]]:
    if len(lines) > MAX_HEADERS:
        raise broken("too many headers")
    headers: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in lines:
        if line[:1] in (" ", "\t") and last:  # a folded line goes on
            last[-1] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        name = name.strip()
        if not colon or not _NAME.fullmatch(name):
            continue  # some cameras put free text there
        last = headers.setdefault(name.lower(), [])
        last.append(value.strip())
    return headers


def write_request(method: str, url: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """A request without a body. The values come from us or were checked: none holds a line end."""
    lines = [f"{method} {url} RTSP/1.0", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode()


def write_response(status: int, reason: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """An answer without a body to a request of the camera."""
    lines = [f"RTSP/1.0 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode()
