"""rtsp URLs inside one connection: where a control attribute points, and whether a redirect stays on this camera."""

import re
from typing import Final

from conference.sources.worker.rtsp.trouble import broken

MAX_URL_CHARACTERS: Final = 2048
_PARTS = re.compile(r"rtsp://(?:[^/?@]*@)?(\[[^\]/?]*\]|[^:/?\[\]]*)(?::(\d{1,5}))?(?=[/?]|$)(.*)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"rtspu?://", re.IGNORECASE)


def resolve(base: str, control: str) -> str:
    """The request URL of a control attribute (RFC 2326 §C.1.1): "*" and "" are the base itself. Cameras mean a relative
    one to be appended to the whole base, with its query. Raises RtspTrouble."""
    url = base if control in ("", "*") else _joined(base, control)
    url = url.replace(" ", "%20")
    if len(url) > MAX_URL_CHARACTERS or not url.isprintable():
        raise broken("control attribute")
    return url


def _joined(base: str, control: str) -> str:
    if _ABSOLUTE.match(control):
        return control
    parts = _PARTS.fullmatch(base)
    if control.startswith("/") and parts:
        return base[: parts.start(3)] + control
    if control.startswith("?") or base.endswith("/"):
        return base + control
    return f"{base}/{control}"


def same_camera(one: str, other: str) -> bool:
    """Both name the same host and port."""
    first, second = _place(one), _place(other)
    return first is not None and first == second


def without_credentials(url: str) -> str:
    """As it may stand in a request line."""
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return url
    port = f":{parts[2]}" if parts[2] else ""
    return f"rtsp://{parts[1]}{port}{parts[3]}"


def _place(url: str) -> tuple[str, int] | None:
    parts = _PARTS.fullmatch(url)
    return (parts[1].lower(), int(parts[2] or 554)) if parts and parts[1] else None
