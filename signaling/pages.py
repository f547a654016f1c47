"""The built web client: its files and the headers a page needs. Only files that were there at start exist."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from signaling.errors import PageMissing, PathNotFound

PAGE_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Content-Security-Policy of a page: nothing from elsewhere, nothing inline."""
FRAMING_PAGES: Final = frozenset({"wall.html", "console.html", "join.html"})
NO_SOURCE: Final = "'none'"
PERMISSIONS: Final = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=()"
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"
_COMPRESSED: Final = frozenset({".gz", ".br"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: Path
    caching: str


class Pages:
    """`dist`: the folder the web client is built into. Without it pages answer `page-missing`, the API works. `frames`:
    origins whose pages may be shown inside those that show walls."""

    def __init__(self, dist: Path, *, frames: tuple[str, ...] = ()) -> None:
        self._frame_policy = f"; frame-src {' '.join(frames) or NO_SOURCE}"
        self._pages = {page.name: page.read_bytes() for page in sorted(dist.glob("*.html"))}
        self._files = {
            file.relative_to(dist).as_posix(): _File(path=file, caching=_caching(file.relative_to(dist)))
            for file in sorted(dist.rglob("*"))
            if file.is_file() and not file.is_symlink() and file.suffix not in {".html", ".map", *_COMPRESSED}
        }

    def page(self, name: str) -> web.Response:
        """A html page. Raises PageMissing."""
        body = self._pages.get(name)
        if body is None:
            raise PageMissing(name)
        return web.Response(
            body=body,
            content_type="text/html",
            charset="utf-8",
            headers={
                "Content-Security-Policy": PAGE_POLICY + (self._frame_policy if name in FRAMING_PAGES else ""),
                "Permissions-Policy": PERMISSIONS,
                "Cache-Control": _REVALIDATE,
                "Cross-Origin-Opener-Policy": "same-origin",
            },
        )

    def file(self, path: str) -> web.FileResponse:
        """Any other built file, by its path below the folder. Raises PathNotFound."""
        file = self._files.get(path)
        if file is None:
            raise PathNotFound(path[:64])
        return web.FileResponse(file.path, headers={"Cache-Control": file.caching})


def _caching(path: Path) -> str:
    # Vite puts a hash of the content into the names below assets/: such a name never means anything else.
    return _IMMUTABLE if path.parts[0] == "assets" else _REVALIDATE
