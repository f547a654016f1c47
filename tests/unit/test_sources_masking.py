"""Secrets in the path of a camera's address."""

import pytest

from conference.sources.masking import mask, unmask

CASES = [
    ("rtsp://10.0.0.9/live", "rtsp://10.0.0.9/live"),
    (
        "rtsp://10.0.0.9/user=admin&password=geheim&channel=1&stream=0.sdp",
        "rtsp://10.0.0.9/user=admin&password=***&channel=1&stream=0.sdp",
    ),
    ("rtsp://10.0.0.9/h?Passwd=a%26b;x=1", "rtsp://10.0.0.9/h?Passwd=***;x=1"),
    ("rtsp://10.0.0.9/h?pwd=1&token=2", "rtsp://10.0.0.9/h?pwd=***&token=***"),
    ("rtsp://10.0.0.9/compass=3", "rtsp://10.0.0.9/compass=3"),
]


@pytest.mark.parametrize(("known", "shown"), CASES)
def test_what_is_shown_has_no_secret_and_comes_back_whole(known: str, shown: str) -> None:
    assert mask(known) == shown
    assert unmask(shown, known) == known
    assert unmask(shown.replace("10.0.0.9", "10.0.0.7"), known) == known.replace("10.0.0.9", "10.0.0.7")


def test_a_new_secret_replaces_the_old_one() -> None:
    assert unmask("rtsp://h/password=neu", "rtsp://h/password=alt") == "rtsp://h/password=neu"
    assert unmask("rtsp://h/password=***", "rtsp://h/live") == "rtsp://h/password=***"
