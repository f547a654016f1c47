"""Foreign SDP: every real peer is understood, everything else is refused with SdpRefused and nothing else."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conference.media.sdp import MAX_CHARS, MAX_LINE_CHARS, MAX_LINES, MAX_SECTIONS, parse
from conference.media.sdp_fragment import read_fragment
from conference.media.sdp_offer import our_role, read_remote
from conference.media.up import answer_sections, plan
from conference.media.words import Encoding, IceCredentials
from conference.model.errors import SdpRefused, TooManySections
from conference.model.track import Kind
from tests.fakes.hall import VECTORS, vector

NAMES = sorted(path.stem for path in VECTORS.glob("*.sdp"))
CODECS = ("VP8", "H264", "VP9", "AV1")


@pytest.mark.parametrize(
    ("name", "setup", "payloads"),
    [
        ("aiortc-publish", "actpass", {"0": [96], "1": [97]}),
        ("chrome-publish-simulcast", "actpass", {"0": [111, 63], "1": [96]}),
        ("chrome-whep-recvonly", "actpass", {}),
        ("chrome-with-datachannel", "actpass", {"1": [111, 63]}),
        ("ffmpeg-whip", "passive", {"0": [111], "1": [106]}),
        ("firefox-publish", "actpass", {"0": [109], "1": [120]}),
        ("gstreamer-whip", "actpass", {"video0": [96], "audio1": [111]}),
        ("obs-whip", "actpass", {"0": [111], "1": [96]}),
    ],
)
def test_every_real_offer_is_understood(name: str, setup: str, payloads: dict[str, list[int]]) -> None:
    remote = read_remote(vector(name))
    taken = plan(remote, video_codecs=CODECS)
    assert remote.setup == setup
    assert {mid: [p.pt for p in publication.chosen.payloads()] for mid, publication in taken.items()} == payloads


def test_a_peer_that_waits_for_the_handshake_makes_us_start_it() -> None:
    assert our_role(read_remote(vector("ffmpeg-whip")).setup) == "client"
    assert our_role(read_remote(vector("chrome-publish-simulcast")).setup) == "server"


def test_simulcast_layers_come_lowest_first() -> None:
    offer = (
        vector("chrome-publish-simulcast")
        .replace("send q;h;f", "send f;~h;q,x")
        .replace("rid:q", "rid:x send\r\na=rid:q")
    )
    section = read_remote(offer).section("1")
    assert section is not None
    assert section.rids_send == ("f", "h", "q")
    assert section.encodings == (Encoding(rid="q"), Encoding(rid="h"), Encoding(rid="f"))


def test_sources_and_their_retransmissions_are_paired() -> None:
    section = read_remote(vector("firefox-publish")).section("1")
    assert section is not None
    assert section.encodings == (Encoding(ssrc=1453534216, rtx_ssrc=3316742561),)


def test_ssrc_simulcast_of_older_pages_is_understood() -> None:
    lines = ["a=ssrc-group:SIM 1 2 3", "a=ssrc-group:FID 1 4", "a=ssrc-group:FID 2 5"]
    lines += [f"a=ssrc:{n} cname:x" for n in range(1, 6)]
    section = read_remote(vector("chrome-publish-simulcast").split("a=rid:")[0] + "\r\n".join(lines)).section("1")
    assert section is not None
    assert section.encodings == (Encoding(ssrc=1, rtx_ssrc=4), Encoding(ssrc=2, rtx_ssrc=5), Encoding(ssrc=3))


def test_extensions_that_only_travel_the_other_way_are_left_out() -> None:
    section = read_remote(vector("firefox-publish")).section("0")
    assert section is not None
    assert [extension.id for extension in section.extensions] == [1, 3]


CHROME = "chrome-publish-simulcast"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v=0", "v=1"),
        ("v=0\r\n", ""),
        ("o=- 4611731400430051336 2", "o=- x 2"),
        ("m=audio 9 ", "m=audio 70000 "),
        ("m=audio 9 ", "m=audio nine "),
        ("a=mid:1", "a=mid:0"),
        ("a=mid:1", "a=mid:" + "x" * 17),
        ("a=ice-ufrag:4ZcD", "a=ice-ufrag:4"),
        ("a=ice-pwd:2/1muCWoOi3uLifh0NuRHlki", "a=ice-pwd:short"),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
        ("a=setup:actpass", "a=setup:holdconn"),
        ("a=rtpmap:96 VP8/90000", "a=rtpmap:96 VP8/fast"),
        ("a=rtpmap:111 opus", "a=rtpmap:96 opus"),
        ("a=extmap:2 http", "a=extmap:x http"),
        ("a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=extmap:3 urn:other"),
        ("a=simulcast:send q;h;f", "a=simulcast:send q;h;z"),
        ("a=simulcast:send q;h;f", "a=simulcast:send q;q;f"),
        ("a=rid:q send", "a=rid:q fly"),
        ("a=ssrc:3570614608 cname", "a=ssrc:99999999999 cname"),
        ("s=-", "s=\x00"),
        ("t=0 0", "just text"),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 111 63", "m=audio 9 UDP/TLS/RTP/SAVPF 111 111"),
        ("a=rtpmap:97 rtx/90000", "a=rtpmap:111 rtx/90000"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_odd_is_refused(old: str, new: str) -> None:
    offer = vector(CHROME)
    assert old in offer
    odd = offer.replace(old, new)
    if (old, new) in _HARMLESS:
        read_remote(odd)
        return
    with pytest.raises(SdpRefused):
        plan(read_remote(odd), video_codecs=CODECS)


_HARMLESS = {
    ("a=rtpmap:111 opus", "a=rtpmap:96 opus"),  # payload types belong to their section: 111 just has no meaning there
    ("a=rtpmap:97 rtx/90000", "a=rtpmap:111 rtx/90000"),
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0",
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0",
        "\n" * 10,
        "v=0\n" * (MAX_LINES + 1),
        "v=0\na=" + "x" * MAX_CHARS,
    ],
    ids=["empty", "one line", "no section", "only ends of lines", "too many lines", "too long"],
)
def test_what_is_no_description_is_refused(text: str) -> None:
    with pytest.raises(SdpRefused):
        read_remote(text)


def test_the_bounds_are_exact() -> None:
    head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
    section = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"
    assert len(parse(head + section * MAX_SECTIONS).sections) == MAX_SECTIONS
    with pytest.raises(TooManySections):
        parse(head + section * (MAX_SECTIONS + 1))
    assert parse(head + "a=" + "x" * (MAX_LINE_CHARS - 2)).sections == ()
    with pytest.raises(SdpRefused):
        parse(head + "a=" + "x" * (MAX_LINE_CHARS - 1))


def understood(text: str) -> bool:
    """Reads and answers; False when refused. Anything but SdpRefused is a fault."""
    try:
        remote = read_remote(text)
        answer_sections(remote, plan(remote, video_codecs=CODECS), video_codecs=CODECS)
    except SdpRefused:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_mutations_of_each_real_offer_raise_nothing_else(name: str) -> None:
    rng = random.Random(name)
    lines = vector(name).split("\r\n")
    words = [word for line in lines for word in line.replace(":", " ").split()] + [
        "",
        "-1",
        "99999999999",
        "*",
        "~",
        ";",
        "\u202e",
    ]
    refused = 0
    for _ in range(1000):
        changed = list(lines)
        for _ in range(rng.randint(1, 4)):
            changed = _mutated(changed, words, rng)
        refused += not understood("\r\n".join(changed))
    assert 0 < refused < 1000, "a mutation that is always or never refused tests nothing"


def _mutated(lines: list[str], words: list[str], rng: random.Random) -> list[str]:
    at = rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            return lines[:at] + lines[at + 1 :] or ["v=0"]
        case 1:
            return [*lines[:at], lines[at], *lines[at:]]
        case 2:
            other = rng.randrange(len(lines))
            swapped = list(lines)
            swapped[at], swapped[other] = lines[other], lines[at]
            return swapped
        case 3:
            parts = lines[at].split(" ")
            parts[rng.randrange(len(parts))] = rng.choice(words)
            return [*lines[:at], " ".join(parts), *lines[at + 1 :]]
        case _:
            cut = rng.randint(0, len(lines[at]))
            junk = "".join(
                chr(rng.choice([rng.randrange(32, 127), rng.randrange(0x110000)])) for _ in range(rng.randint(0, 3))
            )
            return [*lines[:at], lines[at][:cut] + junk + lines[at][cut + rng.randint(0, 3) :], *lines[at + 1 :]]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
def test_any_text_after_a_good_head_is_understood_or_refused(text: str) -> None:
    understood("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from("\r\n".join(vector(name) for name in NAMES).split("\r\n")), max_size=120))
def test_any_mixture_of_real_lines_is_understood_or_refused(lines: list[str]) -> None:
    understood("\r\n".join(["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", *lines]))


@pytest.mark.parametrize(
    "bomb",
    [
        vector(CHROME) + "a=extmap:1 x\r\n" * 3000,
        vector(CHROME) + "a=ssrc-group:SIM " + "1 " * 4000,
        vector(CHROME) + "a=rtcp-fb:96 " + "a " * 4000,
        vector(CHROME) + "a=fmtp:96 " + "a;" * 4000,
        "v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF" + " 1" * 4000,
        "v=0\r\no=" + " " * 8000,
        vector(CHROME) + "".join(f"a=ssrc:{n} cname:x\r\n" for n in range(3800)),
    ],
    ids=["extensions", "group", "feedback", "fmtp", "payload types", "blanks", "sources"],
)
def test_a_bomb_costs_less_than_a_tenth_of_a_second(bomb: str) -> None:
    begun = time.process_time()
    understood(bomb)
    assert time.process_time() - begun < 0.1


@pytest.mark.parametrize(
    ("text", "ice"),
    [
        ("", None),
        ("a=end-of-candidates\r\n", None),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n", None),
        (
            "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n",
            IceCredentials("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"),
        ),
    ],
    ids=["empty", "end", "candidate", "restart"],
)
def test_fragments(text: str, ice: IceCredentials | None) -> None:
    assert read_fragment(text) == ice


@pytest.mark.parametrize("text", ["a=ice-ufrag:EsAw", "nonsense", "a=ice-ufrag:E\r\na=ice-pwd:P", "a=x\r\n" * 5000])
def test_odd_fragments_are_refused(text: str) -> None:
    with pytest.raises(SdpRefused):
        read_fragment(text)


def test_kinds() -> None:
    assert [section.kind for section in read_remote(vector("chrome-with-datachannel")).sections] == [None, Kind.AUDIO]
