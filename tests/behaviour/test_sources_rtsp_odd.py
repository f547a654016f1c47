"""Cameras that err, lie or attack, against the real reader: it goes on where it can and says why it ends where not."""

from __future__ import annotations

import time

import pytest

from tests.fakes import pictures
from tests.fakes.nursery import own_descriptors
from tests.fakes.rtsp_camera import (
    PCMA_SDP,
    TICKS,
    Answer,
    Asked,
    Film,
    Script,
    Talk,
    digest_rule,
    encoded,
    h264_sdp,
    odd_camera,
    packets,
    rtp,
    sender_report,
)
from tests.fakes.rtsp_pull import Pulled, pull


@pytest.fixture(scope="module")
def units() -> list[list[bytes]]:
    return encoded(30)


def counters(pulled: Pulled) -> list[int | None]:
    return [pictures.read_counter(picture) for picture in pulled.sink.pictures()]


def enough(count: int = 30):
    return lambda pulled: len(pulled.sink.units) >= count


# ---- login ----------------------------------------------------------------------------------------------------------

MD5 = 'Digest realm="cam", nonce="n1"'
MD5_QOP = 'Digest realm="cam, east", nonce="n2", qop="auth,auth-int", algorithm=MD5, opaque="o"'
SHA = 'Digest realm="cam", nonce="n3", algorithm=SHA-256, qop="auth"'
BASIC = 'Basic realm="cam"'


@pytest.mark.parametrize(
    ("challenges", "used"),
    [
        ([MD5], "n1"),
        ([MD5_QOP], "n2"),
        ([BASIC, MD5_QOP, SHA], "n3"),
        ([f"{BASIC}, {MD5}"], "n1"),
        ([BASIC], "Basic"),
        (["Negotiate", MD5], "n1"),
    ],
)
def test_the_strongest_login_is_used(units: list[list[bytes]], challenges: list[str], used: str) -> None:
    script = Script(sdp=h264_sdp(), media=Film(units).play)
    script.rules.append(digest_rule("admin", 'p"w密', challenges=challenges))
    with odd_camera(script) as odd:
        pulled = pull(odd.url, odd.port, username="admin", password='p"w密', seconds=4, until=enough())
    assert len(pulled.sink.units) >= 30
    assert all(used in each.headers["authorization"] for each in odd.asked[1:])


@pytest.mark.parametrize(("username", "password"), [("admin", "wrong"), ("", ""), ("nobody", "pw")])
def test_a_wrong_password_is_told_from_an_unreachable_camera(username: str, password: str) -> None:
    script = Script(sdp=h264_sdp(), rules=[digest_rule("admin", "pw", challenges=[MD5_QOP])])
    with odd_camera(script) as odd:
        pulled = pull(odd.url, odd.port, username=username, password=password)
    assert pulled.cause == "wrong-password"
    assert odd.methods() == ["OPTIONS", "OPTIONS"][: 1 + bool(username)]


def test_a_stale_nonce_is_renewed(units: list[list[bytes]]) -> None:
    nonces = iter(["a", "b", "c", "d", "e", "f", "g"])
    current = [next(nonces)]

    def rule(asked: Asked) -> Answer | None:
        """Each nonce is good for two requests."""
        given = asked.headers.get("authorization", "")
        if f'nonce="{current[0]}"' in given and not given.count("nc=00000003"):
            return digest_rule("admin", "pw", challenges=[])(asked)
        current[0] = next(nonces)
        stale = ", stale=TRUE" if given else ""
        return Answer(401, [("WWW-Authenticate", f'Digest realm="r", nonce="{current[0]}", qop="auth"{stale}')])

    with odd_camera(Script(sdp=h264_sdp(), rules=[rule], media=Film(units).play)) as odd:
        pulled = pull(odd.url, odd.port, username="admin", password="pw", seconds=4, until=enough())
    assert len(pulled.sink.units) >= 30
    assert current[0] > "b"


def test_basic_is_never_sent_after_digest() -> None:
    """A man in the middle asks again, this time for the password itself."""
    first = digest_rule("admin", "pw", challenges=[MD5])

    def downgrade(asked: Asked) -> Answer | None:
        return Answer(401, [("WWW-Authenticate", BASIC)]) if asked.method == "DESCRIBE" else None

    with odd_camera(Script(sdp=h264_sdp(), rules=[downgrade, first])) as odd:
        pulled = pull(odd.url, odd.port, username="admin", password="pw")
    assert pulled.cause == "protocol"
    assert not any("Basic" in each.headers.get("authorization", "") for each in odd.asked)


# ---- the conversation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "cause"), [(404, "not-found"), (454, "not-found"), (403, "wrong-password"), (500, "protocol")]
)
def test_a_refusal_has_its_cause(status: int, cause: str) -> None:
    script = Script(rules=[lambda asked: Answer(status) if asked.method == "DESCRIBE" else None])
    with odd_camera(script) as odd:
        assert pull(odd.url, odd.port).cause == cause


def test_a_redirect_to_another_host_is_refused() -> None:
    away = Answer(302, [("Location", "rtsp://127.0.0.2:554/other")])
    with odd_camera(Script(rules=[lambda asked: away if asked.method == "DESCRIBE" else None])) as odd:
        pulled = pull(odd.url, odd.port)
    assert pulled.cause == "redirected"
    assert odd.methods() == ["OPTIONS", "DESCRIBE"]


def test_a_redirect_on_the_same_camera_is_followed_once(units: list[list[bytes]]) -> None:
    def rule(asked: Asked) -> Answer | None:
        if asked.method != "DESCRIBE" or asked.url.endswith("/main"):
            return None
        place = asked.url.partition("/odd")[0].replace("rtsp://", "rtsp://x:y@")
        return Answer(301, [("Location", f"{place}/main")])

    with odd_camera(Script(sdp=h264_sdp(), rules=[rule], media=Film(units).play)) as odd:
        pulled = pull(odd.url, odd.port, seconds=4, until=enough(5))
    assert len(pulled.sink.units) >= 5
    assert [each.url for each in odd.asked if "x:y" in each.url] == []


def test_a_redirect_in_a_circle_ends() -> None:
    def rule(asked: Asked) -> Answer | None:
        return Answer(301, [("Location", asked.url)]) if asked.method == "DESCRIBE" else None

    with odd_camera(Script(rules=[rule])) as odd:
        assert pull(odd.url, odd.port).cause == "redirected"


@pytest.mark.parametrize("method", ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"])
def test_a_silent_camera_is_timed_out_within_3_s(method: str) -> None:
    script = Script(sdp=h264_sdp(), rules=[lambda asked: Answer(silent=True) if asked.method == method else None])
    with odd_camera(script) as odd:
        pulled = pull(odd.url, odd.port, seconds=8)
    assert pulled.cause == "timed-out"
    assert pulled.done_s is not None
    assert 2.5 < pulled.done_s < 3.1


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20_000,
        b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"RTSP/1.0 200 OK\r\nX: " + b"y" * 70_000,
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 twohundred\r\n\r\n",
        bytes(400_000),
    ],
)
def test_what_is_no_rtsp_is_a_protocol_error(raw: bytes) -> None:
    with odd_camera(Script(rules=[lambda _: Answer(raw=raw)])) as odd:
        pulled = pull(odd.url, odd.port, seconds=5)
    assert pulled.cause == "protocol"


def test_a_body_shorter_than_its_length_is_timed_out() -> None:
    raw = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 5000\r\n\r\n" + h264_sdp().encode()
    script = Script(rules=[lambda asked: Answer(raw=raw) if asked.method == "DESCRIBE" else None])
    with odd_camera(script) as odd:
        assert pull(odd.url, odd.port, seconds=5).cause == "timed-out"


def test_answers_of_version_2_are_understood(units: list[list[bytes]]) -> None:
    with odd_camera(Script(sdp=h264_sdp(), version="RTSP/2.0", media=Film(units).play)) as odd:
        assert len(pull(odd.url, odd.port, seconds=4, until=enough(5)).sink.units) >= 5


@pytest.mark.parametrize(
    ("sdp", "cause"),
    [
        ("v=0\r\n", "no-tracks"),
        ("v=0\r\nm=video 0 RTP/AVP 99\r\na=rtpmap:99 AV9/90000\r\n", "video-codec"),
        ("v=0\r\n" + "m=video 0 RTP/AVP 96\r\n" * 17, "protocol"),
    ],
)
def test_a_description_without_use_is_told(sdp: str, cause: str) -> None:
    with odd_camera(Script(sdp=sdp)) as odd:
        assert pull(odd.url, odd.port).cause == cause


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("trackID=1", "/odd/trackID=1"),
        ("/other/track 1", "/other/track%201"),
        ("rtsp://10.9.9.9/inside/track1", "rtsp://10.9.9.9/inside/track1"),
        ("*", "/odd/"),
    ],
)
def test_control_attributes_are_resolved(control: str, expected: str) -> None:
    with odd_camera(Script(sdp=h264_sdp(control=control))) as odd:
        pull(odd.url, odd.port, seconds=0.3)
        place = odd.url.removesuffix("/odd")
        setup = next(each for each in odd.asked if each.method == "SETUP")
    assert setup.url == (expected if expected.startswith("rtsp") else place + expected)


@pytest.mark.parametrize(("request_line", "cause"), [("REDIRECT", "redirected"), ("TEARDOWN", "camera-closed")])
def test_the_camera_may_end_it(request_line: str, cause: str) -> None:
    def media(talk: Talk) -> None:
        talk.held.sendall(f"{request_line} rtsp://x/ RTSP/1.0\r\nCSeq: 5\r\n\r\n".encode())
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        assert pull(odd.url, odd.port, seconds=2).cause == cause


def test_requests_of_the_camera_are_answered(units: list[list[bytes]]) -> None:
    def media(talk: Talk) -> None:
        for method in ("OPTIONS", "ANNOUNCE", "SET_PARAMETER", "STRANGE"):
            talk.held.sendall(f"{method} rtsp://x/ RTSP/1.0\r\nCSeq: 7\r\n\r\n".encode())
        answers.append(talk.held.recv(4096))
        while answers[-1].count(b"CSeq: 7") < 4:
            answers[-1] += talk.held.recv(4096)
        Film(units).play(talk)

    answers: list[bytes] = []
    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=4, until=enough(5))
    assert len(pulled.sink.units) >= 5
    assert answers[0].count(b"RTSP/1.0 200") == 3
    assert answers[0].count(b"RTSP/1.0 501") == 1


@pytest.mark.parametrize(("public", "method"), [("OPTIONS, GET_PARAMETER", "GET_PARAMETER"), ("PLAY", "OPTIONS")])
def test_the_session_is_kept_alive_at_half_its_timeout(units: list[list[bytes]], public: str, method: str) -> None:
    def media(talk: Talk) -> None:
        for _ in range(4):
            film = Film(units[:10])
            film.number, film.timestamp = talk.number, talk.number * 1000
            film.play(talk)
            talk.number = film.number
            if talk.waiting():
                return

    def rule(asked: Asked) -> Answer | None:
        headers = [("Session", "s;timeout=2"), ("Transport", asked.headers.get("transport", ""))]
        return Answer(headers=headers) if asked.method == "SETUP" else None

    with odd_camera(Script(sdp=h264_sdp(), rules=[rule], public=public, media=media)) as odd:
        pull(odd.url, odd.port, seconds=2.5, until=lambda _: len(odd.asked) > 4)
    assert odd.methods()[4] == method
    assert odd.asked[4].headers["session"] == "s"


def test_a_camera_that_leaves_transport_out_has_agreed(units: list[list[bytes]]) -> None:
    def rule(asked: Asked) -> Answer | None:
        return Answer(headers=[("Session", "s")]) if asked.method == "SETUP" else None

    with odd_camera(Script(sdp=h264_sdp(), rules=[rule], media=Film(units).play)) as odd:
        assert len(pull(odd.url, odd.port, seconds=4, until=enough(5)).sink.units) >= 5


def test_descriptors_stay_flat_over_many_connections(units: list[list[bytes]]) -> None:
    with odd_camera(Script(sdp=h264_sdp(), media=Film(units[:2]).play)) as odd:
        pull(odd.url, odd.port, until=enough(1))
        before = own_descriptors()
        for _ in range(30):
            assert pull(odd.url, odd.port, until=enough(1)).sink.units
        assert abs(own_descriptors() - before) <= 2  # the last connection of the camera


def test_stopping_says_goodbye(units: list[list[bytes]]) -> None:
    def media(talk: Talk) -> None:
        Film(units[:5]).play(talk)

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=0.5)
        assert pulled.done_s is not None
        assert pulled.done_s < 1.0
        assert odd.methods()[-1] == "TEARDOWN"
        assert odd.asked[-1].headers["session"] == "12345678"


def test_stopping_does_not_wait_for_a_dead_camera() -> None:
    with odd_camera(Script(sdp=h264_sdp(), media=Talk.hang)) as odd:
        pulled = pull(odd.url, odd.port, seconds=0.5)
    assert pulled.done_s is not None
    assert 0.5 < pulled.done_s < 1.5


# ---- media ----------------------------------------------------------------------------------------------------------


def test_missing_markers_end_pictures_by_their_time(units: list[list[bytes]]) -> None:
    script = Script(sdp=h264_sdp(), media=lambda talk: Film(units).play(talk, marker=False))
    with odd_camera(script) as odd:
        pulled = pull(odd.url, odd.port, seconds=4, until=enough(29))
    assert counters(pulled)[:29] == list(range(29))
    assert not any(unit.broken for unit in pulled.sink.units)


def test_a_marker_on_each_slice_is_seen_through(units: list[list[bytes]]) -> None:
    """Each packet has one; parameter sets and slices of one picture still belong together after the first picture."""

    def media(talk: Talk) -> None:
        number = 0
        for count, nals in enumerate(encoded(20, width=640, height=360)):
            for payload in packets(nals, limit=60_000):
                talk.frame(0, rtp(number, count * TICKS, payload, marker=1))
                number += 1
            if not talk.pause(0.02):
                return
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=2, until=enough(20))
    assert counters(pulled)[:19] == list(range(19))


def test_another_ssrc_goes_on_at_once(units: list[list[bytes]]) -> None:
    def media(talk: Talk) -> None:
        Film(units[:10], ssrc=1, timestamp=1 << 31).play(talk)
        Film(units[10:], ssrc=2, timestamp=77, number=9).play(talk)
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=4, until=enough())
    assert counters(pulled) == list(range(30))
    steps = [b.pts_us - a.pts_us for a, b in zip(pulled.sink.units, pulled.sink.units[1:], strict=False)]
    assert all(0 < step < 150_000 for step in steps), steps


def test_another_size_goes_on_at_once(units: list[list[bytes]]) -> None:
    larger = encoded(10, width=640, height=360, first=30)

    with odd_camera(Script(sdp=h264_sdp(), media=lambda talk: Film([*units, *larger]).play(talk))) as odd:
        pulled = pull(odd.url, odd.port, seconds=5, until=enough(40))
    found = pulled.sink.pictures()
    assert [pictures.read_counter(picture) for picture in found] == list(range(40))
    assert {picture.shape[1] for picture in found} == {320, 640}


def test_timestamps_that_jump_stay_on_the_line(units: list[list[bytes]]) -> None:
    def media(talk: Talk) -> None:
        film = Film(units[:10], timestamp=(1 << 32) - 3 * TICKS)
        film.play(talk)
        film.units, film.timestamp = units[10:], film.timestamp + 90_000 * 3600
        film.play(talk)
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=4, until=enough())
    steps = [b.pts_us - a.pts_us for a, b in zip(pulled.sink.units, pulled.sink.units[1:], strict=False)]
    assert len(steps) == 29
    assert all(0 < step < 150_000 for step in steps), steps


def test_garbage_between_the_packets_is_skipped(units: list[list[bytes]]) -> None:
    def media(talk: Talk) -> None:
        for group in Film(units).all_packets():
            talk.held.sendall(bytes((0, 1, 2, 250, 251, 252)) * 20)
            talk.frame(9, b"another channel")
            talk.frame(0, b"short")
            for packet in group:
                talk.frame(0, packet)
                talk.frame(0, bytes((packet[0], 127)) + packet[2:])
            if not talk.pause(0.01):
                return
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=4, until=enough())
    assert counters(pulled) == list(range(30))


def test_unsorted_datagrams_are_sorted_and_lost_ones_counted(units: list[list[bytes]]) -> None:
    def media(talk: Talk) -> None:
        for count, group in enumerate(Film(units).all_packets()):
            if count in (12, 13):
                continue
            for packet in reversed(group):
                talk.datagram(packet)
            if not talk.pause(0.02):
                return
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(), media=media, rtp_info="url=trackID=1;seq=65530;rtptime=0")) as odd:
        pulled = pull(odd.url, odd.port, seconds=4, transport="udp", until=enough(28))
    assert len(pulled.sink.units) >= 28
    assert pulled.sink.lost_packets == len(packets(units[12])) + len(packets(units[13]))
    del pulled.sink.units[12:]
    assert counters(pulled) == list(range(12))


def test_datagrams_of_others_are_dropped(units: list[list[bytes]]) -> None:
    def media(talk: Talk) -> None:
        stranger = Talk(talk.held, Script(), odd, talk._stop)
        stranger._transport(f"client_port={talk.udp[0][1]}")
        foreign = Film(encoded(30, first=500), ssrc=1)
        for group, false in zip(Film(units).all_packets(), foreign.all_packets(), strict=True):
            for packet in false:
                stranger.datagram(packet)
            for packet in group:
                talk.datagram(packet)
            if not talk.pause(0.02):
                break
        stranger.udp[0][0].close()
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=4, transport="udp", until=enough())
    assert counters(pulled) == list(range(30))


def test_udp_without_a_packet_is_no_media() -> None:
    with odd_camera(Script(sdp=h264_sdp(), media=Talk.hang)) as odd:
        pulled = pull(odd.url, odd.port, seconds=6, transport="udp")
    assert pulled.cause == "no-media"
    assert pulled.done_s is not None
    assert pulled.done_s < 3.1


def test_a_camera_that_freezes_is_noticed_within_3_s(units: list[list[bytes]]) -> None:
    frozen_s: list[float] = []

    def media(talk: Talk) -> None:
        Film(units[:10]).play(talk)
        frozen_s.append(time.monotonic())
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=8)
        noticed_s = time.monotonic()
    assert pulled.cause == "no-media"
    assert noticed_s - frozen_s[0] < 3.0


def test_a_closed_connection_is_noticed_at_once(units: list[list[bytes]]) -> None:
    def media(talk: Talk) -> None:
        Film(units[:5]).play(talk)
        talk.held.close()

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=8)
    assert pulled.cause == "camera-closed"
    assert pulled.done_s is not None
    assert pulled.done_s < 1.0


def test_sender_reports_bring_sound_and_picture_together(units: list[list[bytes]]) -> None:
    """The sound comes 400 ms after its picture; the camera's clock says so from its first reports on."""

    def media(talk: Talk) -> None:
        film = Film(units)
        for count, group in enumerate(film.all_packets()):
            for packet in group:
                talk.frame(0, packet)
            spoken = rtp(count, count * 320, bytes(320), pt=8, ssrc=2)
            if count >= 10:
                talk.frame(2, rtp(count - 10, (count - 10) * 320, bytes(320), pt=8, ssrc=2) if spoken else b"")
            if count == 15:
                talk.frame(1, sender_report(1, 1_000_000.0, 0))
                talk.frame(3, sender_report(2, 1_000_000.0, 0))
            if not talk.pause(0.04):
                return
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(more=PCMA_SDP), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=4, until=enough())
    before = pulled.sink.frames[0].pts_us - pulled.sink.units[0].pts_us
    after = pulled.sink.frames[-1].pts_us - pulled.sink.units[len(pulled.sink.frames) - 1].pts_us
    # By the times of arrival, which a busy machine moves; then by the camera's own clock, which nothing moves.
    assert 200_000 < before < 1_000_000
    assert abs(after) < 5_000


def test_a_lost_fragment_makes_its_picture_broken() -> None:
    big = encoded(10, width=640, height=360)

    def media(talk: Talk) -> None:
        for count, group in enumerate(Film(big).all_packets()):
            kept = group[:2] + group[3:] if count == 0 else group
            assert len(group) > 3 or count
            for packet in kept:
                talk.frame(0, packet)
            if not talk.pause(0.02):
                return
        talk.hang()

    with odd_camera(Script(sdp=h264_sdp(), media=media)) as odd:
        pulled = pull(odd.url, odd.port, seconds=3, until=enough(10))
    assert pulled.sink.lost_packets == 1
    assert [unit.broken for unit in pulled.sink.units][1:] == [False] * (len(pulled.sink.units) - 1)
