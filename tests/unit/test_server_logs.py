"""The last guard: whatever a message says, no credential leaves through the log."""

import logging

import pytest

from server.logs import Redact

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJyb29tIjoibWFpbiJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.mark.parametrize(
    ("message", "secret"),
    [
        (f"join with {TOKEN}", TOKEN),
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("GET /join/main#t=opaque-thing HTTP", "opaque-thing"),
        ("pulling rtsp://admin:s3cret@192.0.2.4/stream", "s3cret"),
        ("a=ice-pwd:Zk3n9s8d7f6g5h4j3k2l1m0n", "Zk3n9s8d7f6g5h4j3k2l1m0n"),
    ],
)
def test_credentials_are_replaced(message: str, secret: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%s", (message,), None)
    assert Redact().filter(record)
    assert secret not in record.getMessage()
    assert "***" in record.getMessage()


def test_other_words_stay_as_they_are() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "room %s has %d people", ("main", 3), None)
    Redact().filter(record)
    assert record.getMessage() == "room main has 3 people"
