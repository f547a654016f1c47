"""Logging: one line an event, and a last guard that keeps tokens and keys out whatever a message says."""

from __future__ import annotations

import logging
import re
import sys
from typing import Final

_SECRETS: Final = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a JWT
    r"|(?i:bearer)\s+[A-Za-z0-9._~+/-]{8,}=*"
    r"|(?<=[#?&]t=)[^\s&\"']+"
    r"|(?i:(?<=a=ice-pwd:)\S+)"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password in a URL
)


class Redact(logging.Filter):
    """Replaces whatever looks like a credential; no message may carry one, this is the net below."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = _SECRETS.sub("***", message)
        if clean != message:
            record.msg, record.args = clean, None
        return True


def start_logging(level: str) -> None:
    """To standard error, so that standard output stays what the command printed."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname).1s %(name)s %(message)s"))
    handler.addFilter(Redact())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("aioice", "aiortc", "aiosqlite", "alembic", "asyncio", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
