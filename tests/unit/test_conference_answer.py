"""Answers to publishers, line by line: what is taken, what is refused, what is repeated."""

import pytest

from conference.media.codecs import Format, PayloadTable, h264_profile
from conference.media.extensions import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    MID,
    RID,
    TRANSPORT_CC,
    ExtensionTable,
    accepted,
    forwarded,
)
from conference.media.sdp_offer import read_remote
from conference.media.sdp_write import SessionLines, candidate_lines, write
from conference.media.up import answer_sections, plan
from conference.media.words import Candidate, Extension, Fingerprint, IceCredentials
from tests.fakes.hall import vector

CANDIDATES = (
    Candidate("192.0.2.1", 8444, "udp"),
    Candidate("2001:db8::1", 8444, "udp"),
    Candidate("192.0.2.1", 8444, "tcp"),
)


def answered(offer: str, *, video_codecs: tuple[str, ...] = ("VP8", "H264", "VP9", "AV1")) -> list[str]:
    remote = read_remote(offer)
    session = SessionLines(
        session_id=1,
        version=1,
        ice=IceCredentials("ufrag", "p" * 32),
        fingerprints=(Fingerprint("sha-256", "AB"),),
        setup="passive",
        candidates=CANDIDATES,
        extmap_mixed=remote.extmap_mixed,
    )
    taken = plan(remote, video_codecs=video_codecs)
    return write(session, answer_sections(remote, taken, video_codecs=video_codecs)).split("\r\n")


@pytest.mark.parametrize(
    "line",
    [
        "a=ice-lite",
        "a=group:BUNDLE 0 1",
        "a=extmap-allow-mixed",
        "a=setup:passive",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=recvonly",
        "m=audio 8444 UDP/TLS/RTP/SAVPF 111 63",
        "m=video 8444 UDP/TLS/RTP/SAVPF 96 97",
        "a=rtpmap:63 red/48000/2",
        "a=fmtp:63 111/111",
        "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtcp-fb:96 nack pli",
        "a=rtcp-fb:96 ccm fir",
        "a=rtcp-fb:96 goog-remb",
        "a=rtcp-fb:96 transport-cc",
        "a=fmtp:97 apt=96",
        "a=rid:q recv",
        "a=simulcast:recv q;h;f",
        f"a=extmap:4 {MID}",
        f"a=extmap:10 {RID}",
        f"a=extmap:3 {TRANSPORT_CC}",
        f"a=extmap:1 {AUDIO_LEVEL}",
        "a=extmap:13 urn:3gpp:video-orientation",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 8444 typ host",
        "a=candidate:3 1 tcp 2122317311 192.0.2.1 8444 typ host tcptype passive",
        "a=end-of-candidates",
    ],
)
def test_an_answer_to_a_browser_has(line: str) -> None:
    assert line in answered(vector("chrome-publish-simulcast"))


def test_nothing_of_what_was_not_taken_is_in_the_answer() -> None:
    text = "\n".join(answered(vector("chrome-publish-simulcast")))
    for absent in ("toffset", "G722", "telephone-event", "ulpfec", "VP9", "a=ssrc", "a=msid:"):
        assert absent not in text


def test_unknown_extensions_are_taken_too() -> None:
    offer = vector("obs-whip").replace("a=mid:1", "a=mid:1\r\na=extmap:9 http://example.org/vendor-thing")
    assert "a=extmap:9 http://example.org/vendor-thing" in answered(offer)


def test_the_first_codec_that_is_allowed_wins() -> None:
    lines = answered(vector("chrome-publish-simulcast"), video_codecs=("AV1", "H264"))
    assert "m=video 8444 UDP/TLS/RTP/SAVPF 103 104" in lines
    assert "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f" in lines


def test_red_stays_first_when_the_peer_prefers_it() -> None:
    offer = vector("chrome-publish-simulcast").replace("SAVPF 111 63 9", "SAVPF 63 111 9")
    assert "m=audio 8444 UDP/TLS/RTP/SAVPF 63 111" in answered(offer)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("m=video 9", "m=video 0"), "m=video 0 UDP/TLS/RTP/SAVPF 96"),
        (("UDP/TLS/RTP/SAVPF 96", "RTP/AVP 96"), "m=video 0 RTP/AVP 96"),
        (("BUNDLE 0 1", "BUNDLE 0"), "m=video 0 UDP/TLS/RTP/SAVPF 96"),
        (("VP8/90000", "H263/90000"), "m=video 0 UDP/TLS/RTP/SAVPF 96"),
    ],
    ids=["refused by the offerer", "not encrypted", "outside of the bundle", "no codec that fits"],
)
def test_a_section_that_cannot_be_used_is_refused_in_its_place(change: tuple[str, str], line: str) -> None:
    offer = vector("obs-whip").replace("m=video 52113", "m=video 9").replace("H264/90000", "VP8/90000")
    lines = answered(offer.replace(*change))
    assert any(row.startswith(line) for row in lines)
    assert "a=group:BUNDLE 0" in lines
    assert lines.index("a=mid:0") < lines.index("a=mid:1")


def test_a_data_channel_is_refused_and_the_bundle_begins_with_the_audio() -> None:
    lines = answered(vector("chrome-with-datachannel"))
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel" in lines
    assert "a=group:BUNDLE 1" in lines
    assert lines.index("a=mid:1") < lines.index("a=end-of-candidates")


def test_candidates_are_ranked_udp_over_tcp_and_earlier_over_later() -> None:
    priorities = [int(line.split()[3]) for line in candidate_lines(CANDIDATES) if "typ host" in line]
    assert priorities == sorted(priorities, reverse=True)
    assert len(set(priorities)) == 3


@pytest.mark.parametrize(
    ("level", "profile"),
    [
        ("42e01f", "42e0"),
        ("42c01f", "42e0"),
        ("42001f", "42e0"),
        ("4d001f", "4d00"),
        ("4d801f", "42e0"),
        ("640c1f", "640c"),
        ("640032", "6400"),
        ("f4001f", "f400"),
        ("zz", "42e0"),
    ],
)
def test_h264_profiles(level: str, profile: str) -> None:
    assert h264_profile(level) == profile


def test_a_format_has_one_number_and_no_two_share_one() -> None:
    table = PayloadTable()
    formats = [Format("vp8"), Format("opus"), Format("h264", "42e0/1"), Format("pcmu")]
    formats += [Format("h264", f"{n:04x}/1") for n in range(40)]
    numbers = [codec.pt for of in formats for codec in table.lines(of, red=True)]
    assert len(set(numbers)) == len(numbers)
    assert all(number < 64 or number >= 96 for number in numbers), "RFC 5761 section 4"
    assert [codec.pt for codec in table.lines(Format("vp8"), red=False)] == [96, 97]
    assert table.lines(Format("h264", "ffff/0"), red=False) == []


def test_an_extension_has_one_number_and_fifteen_is_skipped() -> None:
    table = ExtensionTable()
    uris = forwarded(tuple(Extension(n, f"urn:x:{n:02}") for n in range(1, 30)))
    found = table.numbered(uris)
    numbers = [extension.id for extension in found]
    assert len(set(numbers)) == len(numbers)
    assert 15 not in numbers
    assert max(numbers) <= 31
    assert table.numbered(uris) == found
    assert found[:3] == (Extension(1, MID), Extension(2, ABS_SEND_TIME), Extension(3, TRANSPORT_CC))


def test_an_extension_offered_twice_is_taken_once() -> None:
    assert accepted((Extension(1, MID), Extension(2, MID))) == (Extension(1, MID),)
