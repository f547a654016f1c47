"""The log of the HTTP parser: a stranger's broken bytes are one line, without a traceback and without the bytes."""

from __future__ import annotations

import logging
from typing import Final

from aiohttp.http_exceptions import HttpProcessingError

HTTP_LOG: Final = logging.getLogger("signaling.http")


class _OneLine(logging.Filter):
    """The parser's messages quote what they could not read, and that may be half of somebody's token."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.msg, record.args = "x malformed HTTP: %s", (type(error).__name__,)
            record.exc_info = None
            record.levelno, record.levelname = logging.INFO, "INFO"
        return True


HTTP_LOG.addFilter(_OneLine())
