"""Where streams may be pushed to."""

import pytest

from conference.composing import OutputKind
from conference.model.errors import AddressInvalid, HuishangError, SchemeRefused
from recorder.composed.targets import target_of


def test_an_rtmp_address_is_an_application_and_a_key() -> None:
    target = target_of(OutputKind.RTMP, "rtmp://live.example.org/app/name/key?token=s3cret")
    assert (target.endpoint.host, target.endpoint.port) == ("live.example.org", 1935)
    assert (target.address, target.stream) == ("rtmp://live.example.org/app/name", "key?token=s3cret")
    assert "s3cret" not in repr(target)


def test_an_srt_address_has_a_stream_id() -> None:
    target = target_of(OutputKind.SRT, "srt://192.0.2.7:9000?streamid=publish%3Aone")
    assert (target.endpoint.host, target.endpoint.port) == ("192.0.2.7", 9000)
    assert target.stream == "streamid=publish%3Aone"
    assert target_of(OutputKind.SRT, "srt://192.0.2.7").endpoint.port == 8890


@pytest.mark.parametrize(
    ("kind", "url", "error"),
    [
        (OutputKind.RTMP, "rtmp://host", AddressInvalid),
        (OutputKind.RTMP, "rtmp://host/key", AddressInvalid),
        (OutputKind.RTMP, "rtmp://host/app/", AddressInvalid),
        (OutputKind.RTMP, "rtmp://host/app/" + "k" * 600, AddressInvalid),
        (OutputKind.RTMP, "rtmp://user:pass@host/app/key", AddressInvalid),
        (OutputKind.RTMP, "rtmp://0x7f.1/app/key", AddressInvalid),
        (OutputKind.RTMP, "srt://host/app/key", SchemeRefused),
        (OutputKind.RTMP, "http://host/app/key", SchemeRefused),
        (OutputKind.SRT, "rtmp://host/app/key", SchemeRefused),
        (OutputKind.SRT, "srt://host?passphrase=short", AddressInvalid),
    ],
)
def test_other_addresses_are_refused(kind: OutputKind, url: str, error: type[HuishangError]) -> None:
    with pytest.raises(error):
        target_of(kind, url)
