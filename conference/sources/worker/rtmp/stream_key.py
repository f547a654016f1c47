"""Where encoders put the stream key: behind the app, in its path, or in a query."""

from typing import Final
from urllib.parse import parse_qs

MAX_KEY_CHARS: Final = 128


def stream_key(app: str, name: str) -> str:
    """The key in what connect (`app`) and publish (`name`) told; "" when there is none or no key can look like it."""
    for told in (name, app):
        path, _, query = told.partition("?")
        key = _in_query(query) or path.strip("/").rpartition("/")[2]
        if key:
            return key if len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable() else ""
    return ""


def _in_query(query: str) -> str:
    try:
        return parse_qs(query, max_num_fields=16).get("key", [""])[0]
    except ValueError:
        return ""
