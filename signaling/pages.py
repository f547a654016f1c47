"""The built web client: its files and the headers a page needs. Only files that were there at start exist."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from signaling.errors import PageMissing, PathNotFound

NONCE_MARK: Final = "__CSP_NONCE__"
"""Replaced by a fresh nonce on every response: libraries put their style element into the page with it."""
PERMISSIONS: Final = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=()"
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"
_COMPRESSED: Final = frozenset({".gz", ".br"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: Path
    caching: str


class Pages:
    """`dist`: the folder the web client is built into. Without it pages answer `page-missing`, the API works."""

    def __init__(self, dist: Path) -> None:
        self._pages = {page.name: page.read_text(encoding="utf-8") for page in sorted(dist.glob("*.html"))}
        self._files = {
            file.relative_to(dist).as_posix(): _File(path=file, caching=_caching(file.relative_to(dist)))
            for file in sorted(dist.rglob("*"))
            if file.is_file() and not file.is_symlink() and file.suffix not in {".html", ".map", *_COMPRESSED}
        }

    def page(self, name: str) -> web.Response:
        """A html page with its own nonce. Raises PageMissing."""
        text = self._pages.get(name)
        if text is None:
            raise PageMissing(name)
        nonce = secrets.token_urlsafe(16)
        return web.Response(
            text=text.replace(NONCE_MARK, nonce),
            content_type="text/html",
            headers={
                "Content-Security-Policy": page_policy(nonce),
                "Permissions-Policy": PERMISSIONS,
                "Cache-Control": "no-store",
                "Cross-Origin-Opener-Policy": "same-origin",
            },
        )

    def file(self, path: str) -> web.FileResponse:
        """Any other built file, by its path below the folder. Raises PathNotFound."""
        file = self._files.get(path)
        if file is None:
            raise PathNotFound(path[:64])
        return web.FileResponse(file.path, headers={"Cache-Control": file.caching})


def page_policy(nonce: str) -> str:
    """Content-Security-Policy of a page: nothing from elsewhere, no inline script, inline style only with the nonce."""
    return (
        "default-src 'self'; script-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _caching(path: Path) -> str:
    # Vite puts a hash of the content into the names below assets/: such a name never means anything else.
    return _IMMUTABLE if path.parts[0] == "assets" else _REVALIDATE
