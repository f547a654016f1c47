"""Secrets at rest: passwords of cameras and keys of publishers are unreadable in a copy of the database alone."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

_PURPOSE: Final = b"huishang source seal\0"


class Sealer:
    """Encrypts and authenticates short texts (Fernet: AES-128-CBC, HMAC-SHA-256) under one secret of this server.

    `secret`: any random text of at least 32 bytes; whether it is one is checked where it is loaded.
    """

    def __init__(self, secret: str) -> None:
        key = hashlib.sha256(_PURPOSE + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, text: str) -> str:
        """ASCII, another one each time. Nothing is sealed as nothing."""
        return self._fernet.encrypt(text.encode()).decode("ascii") if text else ""

    def open(self, sealed: str) -> str | None:
        """The text again; None when it was sealed under another secret or was changed."""
        if not sealed:
            return ""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except (InvalidToken, UnicodeError):
            return None
