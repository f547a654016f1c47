"""Secrets: made on the first start, readable by the server's user only, refused when they are short."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from config import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

MIN_SECRET_BYTES: Final = 32
"""HS256 keys shorter than the hash are guessable (RFC 7518 section 3.2)."""


@dataclass(frozen=True, repr=False)
class Secrets:
    """`join_key` signs join tokens; `admin_key` opens the administration API; `source_key` seals the passwords and keys
    of sources in the database. Never printed, never logged."""

    join_key: str
    admin_key: str
    source_key: str


def load_secrets(data: Path) -> Secrets:
    """Reads `data/secrets`, making what is missing. Raises SettingsError for a short or too widely readable file."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = data / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Secrets(
        join_key=_secret(folder / "join.key"),
        admin_key=_secret(folder / "admin.key"),
        source_key=_secret(folder / "source.key"),
    )


def write_private(file: Path, content: bytes) -> None:
    """Writes a file that nobody but this user can ever read, whole or not at all."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _secret(file: Path) -> str:
    if not file.exists():
        write_private(file, secrets.token_urlsafe(MIN_SECRET_BYTES).encode() + b"\n")
    if file.stat().st_mode & 0o077:
        raise SettingsError(f"{file}: others can read this secret; run: chmod 600 {file}")
    value = file.read_text(encoding="utf-8").strip()
    if len(value.encode()) < MIN_SECRET_BYTES:
        raise SettingsError(
            f"{file}: a secret needs at least {MIN_SECRET_BYTES} bytes; remove the file to get a new one"
        )
    return value
