"""RTSP messages, the byte stream around them, logins, descriptions and URLs."""

from __future__ import annotations

import pytest

from conference.sources.words import Admit, Limits, Quality, RtspJob, Start
from conference.sources.worker.rtsp import auth, location, sdp, transport
from conference.sources.worker.rtsp.auth import Challenge, Login, parse_challenges
from conference.sources.worker.rtsp.message import Request, Response, parse_head, write_request
from conference.sources.worker.rtsp.opening import rtp_info
from conference.sources.worker.rtsp.splitter import Splitter
from conference.sources.worker.rtsp.tracks import choose
from conference.sources.worker.rtsp.trouble import RtspTrouble

# ---- messages and the stream ----------------------------------------------------------------------------------------


def test_a_response_is_read() -> None:
    head = parse_head(b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nWWW-Authenticate: a\r\n  b\r\nwww-authenticate: c\r\nnonsense")
    assert isinstance(head, Response)
    assert (head.status, head.get("cseq"), head.get("absent")) == (200, "3", "")
    assert head.headers["www-authenticate"] == ["a b", "c"]


def test_a_request_is_written_as_it_is_read() -> None:
    text = write_request("PLAY", "rtsp://c/x", [("CSeq", "1"), ("Range", "npt=0.000-")])
    again = parse_head(text.removesuffix(b"\r\n\r\n"))
    assert isinstance(again, Request)
    assert (again.method, again.url, again.get("range")) == ("PLAY", "rtsp://c/x", "npt=0.000-")


STREAM = (
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\n\r\nhello"
    b"$\x00\x00\x03abc\r\n$\x01\x00\x00"
    b"OPTIONS rtsp://x/ RTSP/1.0\nCSeq: 2\n\n"
    b"$\x00\x00\x02$$RTSP/2.0 404\r\n\r\n$\x03\x00\x01z"
)
EVENTS = [("hello", 200), (0, b"abc"), (1, b""), "OPTIONS", (0, b"$$"), ("", 404), (3, b"z")]


def events(*chunks: bytes) -> list[object]:
    found: list[object] = []

    def message(made: Response | Request) -> None:
        found.append((made.body.decode(), made.status) if isinstance(made, Response) else made.method)

    splitter = Splitter(lambda channel, data, start, end: found.append((channel, data[start:end])), message)
    for chunk in chunks:
        splitter.feed(chunk)
    return found


def test_messages_and_frames_are_told_apart_wherever_the_stream_is_cut() -> None:
    assert events(STREAM) == EVENTS
    assert events(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == EVENTS
    for cut in range(1, len(STREAM)):
        assert events(STREAM[:cut], STREAM[cut:]) == EVENTS


def test_garbage_costs_only_itself() -> None:
    junk = b"\x00\xffjunk\x80\x80$\xff\xff\xff"
    assert events(junk + STREAM) == EVENTS
    assert events(*(bytes((octet,)) for octet in STREAM + junk + b"$\x00\x00\x01y")) == [*EVENTS, (0, b"y")]


@pytest.mark.parametrize(
    "chunk", [b"\x00" * 300_000, b"A" * 40_000, b"RTSP/1.0 200 OK\r\n" + b"a:b\r\n" * 101 + b"\r\n"]
)
def test_a_stream_has_limits(chunk: bytes) -> None:
    with pytest.raises(RtspTrouble):
        events(*(chunk[at : at + 1000] for at in range(0, len(chunk), 1000)))


# ---- logins ---------------------------------------------------------------------------------------------------------


def test_challenges_are_read_from_one_header_or_several() -> None:
    found = parse_challenges(
        ['Basic realm="a, b=\\"c\\"", Digest realm="r", nonce=n, stale=FALSE', "Negotiate", "Basic"]
    )
    assert [each.scheme for each in found] == ["basic", "digest", "basic"]
    assert found[0].parameters == {"realm": 'a, b="c"'}
    assert found[1].parameters == {"realm": "r", "nonce": "n", "stale": "FALSE"}


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(monkeypatch: pytest.MonkeyPatch, algorithm: str, response: str) -> None:
    """§3.9.1; its client nonce is given."""
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    monkeypatch.setattr(auth.secrets, "token_hex", lambda _: cnonce)
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    realm = "http-auth@example.org"
    login = Login("Mufasa", "Circle of Life")
    login.take([Challenge("digest", {"realm": realm, "nonce": nonce, "qop": "auth, auth-int", "algorithm": algorithm})])
    header = login.header("GET", "/dir/index.html")
    assert header is not None
    assert f'response="{response}"' in header
    assert "nc=00000001" in header
    assert "Circle" not in repr(login)


def test_the_example_of_rfc_2069() -> None:
    """Without qop; the corrected value of its errata."""
    login = Login("Mufasa", "CircleOfLife")
    given = {"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093", "opaque": "5ccc069c"}
    login.take([Challenge("digest", given)])
    header = login.header("GET", "/dir/index.html")
    assert header is not None
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in header
    assert 'opaque="5ccc069c"' in header


def test_words_with_secrets_do_not_show_them() -> None:
    job = RtspJob("rtsp://cam/", "user", "secret", "auto", "10.0.0.1")
    start = Start(source="s", job=job, limits=Limits(), quality=Quality())
    assert "secret" not in repr(start) + repr(Admit(connection=1, passphrase="secret"))


def test_the_count_grows_with_each_request_under_a_nonce() -> None:
    login = Login("u", "p")
    challenge = Challenge("digest", {"realm": "r", "nonce": "n", "qop": "auth"})
    login.take([challenge])
    assert ["nc=00000001" in str(login.header("A", "u")), "nc=00000002" in str(login.header("A", "u"))] == [True, True]
    assert login.take([Challenge("digest", {"nonce": "m", "stale": "true"})]) is True
    assert login.take([challenge]) is False


@pytest.mark.parametrize(
    "challenge", ['Digest realm="r"', 'Digest nonce="n", algorithm=SHA-1', 'Digest nonce="n", qop="x"']
)
def test_basic_does_not_stand_in_for_a_digest_we_cannot_do(challenge: str) -> None:
    with pytest.raises(RtspTrouble):
        Login("u", "p").take(parse_challenges([challenge, 'Basic realm="r"']))


# ---- descriptions ---------------------------------------------------------------------------------------------------

CAMERA = b"""v=0
s=x
a=control:rtsp://c/all
m=application 0 RTP/AVP 107
a=rtpmap:107 vnd.onvif.metadata/90000
m=video 0 RTP/AVP 26
m=video 0 RTP/AVP 97 96
b=AS:500
a=rtpmap:97 FANCY/90000
a=rtpmap:96 h264/90000
a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0IAKeKQFAe2AtwEBAaQeJEV,aM48gA==,!;profile-level-id=42
a=control:track1
m=audio 0 RTP/AVP 104
a=rtpmap:104 mpeg4-generic/16000/1
a=fmtp:104 profile-level-id=15; mode=AAC-hbr; config=1408; SizeLength=13; indexlength=3;indexdeltalength=3
a=control:track2
m=application 0 RTP/AVP 108
a=rtpmap:108 SMPTE336M/90000
"""


def test_the_usable_tracks_of_a_camera_are_chosen() -> None:
    description = sdp.parse(CAMERA)
    choice = choose(description)
    assert description.control == "rtsp://c/all"
    assert choice.unsupported == ""
    assert [(t.kind, t.control, t.payload_type, t.clock_hz) for t in choice.tracks] == [
        ("video", "track1", 96, 90_000),
        ("audio", "track2", 104, 16_000),
        ("data", "", 108, 90_000),
    ]
    video, audio = choice.tracks[0].fmt, choice.tracks[1].fmt
    assert video is not None
    assert audio is not None
    assert video.codec == "h264"
    assert getattr(video, "parameter_sets", b"").count(b"\x00\x00\x00\x01") == 2
    assert (audio.codec, getattr(audio, "extradata", b"")) == ("aac", b"\x14\x08")


@pytest.mark.parametrize(
    ("line", "codec", "clock_hz", "rtp_clock_hz"),
    [
        ("m=audio 0 RTP/AVP 0", "pcmu", 8000, 8000),
        ("m=audio 0 RTP/AVP 9", "g722", 16000, 8000),
        ("m=audio 0 RTP/AVP 14", "mp3", 90000, 90000),
        ("m=audio 0 RTP/AVP 97\na=rtpmap:97 G726-32/8000", "g726", 8000, 8000),
        ("m=audio 0 RTP/AVP 97\na=rtpmap:97 L16/44100/2", "pcm_s16be", 44100, 44100),
        ("m=audio 0 RTP/AVP 97\na=rtpmap:97 opus/48000/2", "opus", 48000, 48000),
        ("m=audio 0 RTP/AVP 97\na=rtpmap:97 MPEG4-GENERIC/8000/1\na=fmtp:97 sizelength=13", "aac", 8000, 8000),
        (
            "m=audio 0 RTP/AVP 97\na=rtpmap:97 MP4A-LATM/24000\na=fmtp:97 cpresent=0;config=400026203fc0",
            "aac",
            24000,
            24000,
        ),
    ],
)
def test_sounds_have_their_names(line: str, codec: str, clock_hz: int, rtp_clock_hz: int) -> None:
    track = choose(sdp.parse(line.encode())).tracks[0]
    fmt = track.fmt
    assert fmt is not None
    assert (fmt.codec, getattr(fmt, "clock_hz", 0), track.clock_hz) == (codec, clock_hz, rtp_clock_hz)
    assert bool(getattr(fmt, "extradata", b"")) == (codec == "aac")


@pytest.mark.parametrize(
    ("line", "name"), [("m=video 0 RTP/AVP 26", "mjpeg"), ("m=video 0 RTP/AVP 9\na=rtpmap:9 VP9/9", "vp9")]
)
def test_a_picture_we_cannot_take_is_named(line: str, name: str) -> None:
    choice = choose(sdp.parse(f"{line}\nm=audio 0 RTP/AVP 8".encode()))
    assert choice.unsupported == name
    assert [track.kind for track in choice.tracks] == ["audio"]


# ---- URLs and headers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "control", "expected"),
    [
        ("rtsp://c/a", "b", "rtsp://c/a/b"),
        ("rtsp://c/a/", "b", "rtsp://c/a/b"),
        ("rtsp://c:8554/a?q=1", "b", "rtsp://c:8554/a?q=1/b"),
        ("rtsp://c:8554/a?q=1", "/b", "rtsp://c:8554/b"),
        ("rtsp://c/a", "?x", "rtsp://c/a?x"),
        ("rtsp://c/a", "*", "rtsp://c/a"),
        ("rtsp://c/a", "RTSP://d/b", "RTSP://d/b"),
    ],
)
def test_controls_are_resolved(base: str, control: str, expected: str) -> None:
    assert location.resolve(base, control) == expected


@pytest.mark.parametrize("control", ["a\rb", "a\x00b", "a" * 3000])
def test_controls_are_checked(control: str) -> None:
    with pytest.raises(RtspTrouble):
        location.resolve("rtsp://c/", control)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("rtsp://c/a", "rtsp://C:554/b", True),
        ("rtsp://[fd00::1]:99/a", "rtsp://u:p@[FD00::1]:99", True),
        ("rtsp://c/a", "rtsp://c:8554/a", False),
        ("rtsp://c/a", "rtsp://c.evil/a", False),
        ("rtsp://c/a", "rtsp://c@evil/a", False),
        ("rtsp://c/a", "http://c/a", False),
        ("rtsp://c/a", "", False),
        ("rtsp://c/a", "/a", False),
    ],
)
def test_only_the_same_host_and_port_is_the_same_camera(one: str, other: str, *, same: bool) -> None:
    assert location.same_camera(one, other) is same


def test_a_transport_is_read() -> None:
    tcp = transport.parse("RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=1A")
    assert (tcp.channels, tcp.ports) == ((4, 5), None)
    udp = transport.parse("RTP/AVP;unicast;client_port=1-2;server_port=6970-6971, RTP/AVP/TCP")
    assert (udp.channels, udp.ports) == (None, (6970, 6971))
    for bad in ("RTP/AVP;multicast;port=1-2", "RTP/AVP/TCP;unicast"):
        with pytest.raises(RtspTrouble):
            transport.parse(bad)


def test_rtp_info_is_read() -> None:
    assert rtp_info("url=rtsp://c/1;seq=65535;rtptime=4294967295,url=2;seq=x;rtptime=4294967296") == [
        ("rtsp://c/1", 65535, 4294967295),
        ("2", None, None),
    ]
