"""10^5 mutated RTSP messages, descriptions and media packets: nothing is raised but the defined error."""

from __future__ import annotations

import random
import time

from conference.sources.worker.rtsp.auth import Login
from conference.sources.worker.rtsp.dialogue import Ask, Dialogue
from conference.sources.worker.rtsp.message import Request, Response
from conference.sources.worker.rtsp.opening import Opening, SetUp
from conference.sources.worker.rtsp.payload import Depacketiser
from conference.sources.worker.rtsp.payload.aac import AuHeaders, Latm, Mpeg4Generic, latm_config
from conference.sources.worker.rtsp.payload.h264 import H264
from conference.sources.worker.rtsp.payload.h265 import H265
from conference.sources.worker.rtsp.payload.plain import Marked, Plain
from conference.sources.worker.rtsp.receiver import Receiver
from conference.sources.worker.rtsp.splitter import Splitter
from conference.sources.worker.rtsp.timeline import TrackClock, WallClock
from conference.sources.worker.rtsp.tracks import Choice
from conference.sources.worker.rtsp.trouble import RtspTrouble
from tests.fakes.rtsp_camera import PCMA_SDP, h264_sdp, packets, rtp, sender_report

SESSIONS = 16_000
PACKETS = 60_000
SLOWEST_S = 1.0
"""For one input: nothing takes time that grows with its square."""

AAC = (
    "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/2\r\na=fmtp:97 sizelength=13;indexlength=3;config=1190\r\n"
)
SDP = h264_sdp(more=PCMA_SDP + AAC + "a=control:x\r\nm=video 0 RTP/AVP 98\r\na=rtpmap:98 H265/90000\r\n").encode()
ANSWERS = [
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, GET_PARAMETER\r\n\r\n",
    b'RTSP/1.0 401 No\r\nCSeq: 2\r\nWWW-Authenticate: Basic realm="a"\r\n'
    b'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256, stale=FALSE\r\n\r\n',
    b"RTSP/1.0 302 Moved\r\nCSeq: 3\r\nLocation: rtsp://cam:554/other\r\n\r\n",
    b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nContent-Base: rtsp://cam/x/\r\nContent-Length: %d\r\n\r\n%s" % (len(SDP), SDP),
    b"$\x00\x00\x05hello" * 3,
    b"RTSP/1.0 200 OK\r\nCSeq: 5\r\nSession: 1;timeout=30\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
    b"RTSP/1.0 200 OK\r\nCSeq: 6\r\nSession: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=AB\r\n\r\n",
    b"RTSP/2.0 200 OK\r\nCSeq: 7\r\nRTP-Info: url=rtsp://cam/x/trackID=1;seq=1;rtptime=2, url=y;seq=3\r\n\r\n",
    b"SET_PARAMETER rtsp://us/ RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\na:b",
]
WORDS = [
    b"\r\n",
    b"\n\n",
    b"$",
    b'"',
    b",",
    b"=",
    b";",
    b":",
    b"-1",
    b"99999999999",
    b"\x00",
    b"\xff",
    b" ",
    b"%",
    b"RTSP/",
]


def mutated(dice: random.Random, data: bytes) -> bytes:
    """A few random edits."""
    made = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 5))):
        at = dice.randrange(len(made) + 1)
        match dice.randrange(6):
            case 0 if made:
                made[at % len(made)] = dice.randrange(256)
            case 1:
                made[at:at] = dice.choice(WORDS)
            case 2:
                del made[at : at + dice.randrange(1, 9)]
            case 3:
                made[at:at] = made[at : at + dice.randrange(1, 60)] * dice.randrange(1, 4)
            case 4:
                del made[at:]
            case _:
                made[at : at + 4] = dice.randbytes(4)
    return bytes(made)


class Session:
    """Everything above the socket."""

    def __init__(self) -> None:
        self.dialogue = Dialogue(lambda _: None, Login("u", "p"))
        opening = Opening(self.dialogue, "rtsp://cam/x", "auto", [5000, 5002, 5004, 5006], self._prepared)
        self._steps = opening.steps()
        self._splitter = Splitter(lambda *_: None, self._message)
        self.finished = False
        self._ask(next(self._steps))

    def feed(self, data: bytes) -> None:
        self._splitter.feed(data)

    def _ask(self, ask: Ask) -> None:
        ask.answer = self._answered
        self.dialogue.ask(ask, 0.0)

    def _answered(self, response: Response) -> None:
        try:
            self._ask(self._steps.send(response))
        except StopIteration:
            self.finished = True

    def _message(self, message: Response | Request) -> None:
        if isinstance(message, Response):
            self.dialogue.take(message, 0.0)
        else:
            self.dialogue.serve(message)

    def _prepared(self, choice: Choice, tracks: list[SetUp]) -> None:
        assert tracks


def test_the_answers_as_they_are_open_a_session() -> None:
    session = Session()
    for answer in ANSWERS:
        session.feed(answer)
    assert session.finished


def test_mutated_conversations_end_in_the_defined_error_or_not_at_all() -> None:
    dice = random.Random(1)
    messages = troubles = finished = 0
    slowest_s = 0.0
    for _ in range(SESSIONS):
        session = Session()
        victim = dice.randrange(len(ANSWERS))
        began_s = time.process_time()
        try:
            for place, answer in enumerate(ANSWERS):
                messages += 1
                session.feed(mutated(dice, answer) if place == victim or dice.random() < 0.1 else answer)
        except RtspTrouble:
            troubles += 1
        slowest_s = max(slowest_s, time.process_time() - began_s)
        finished += session.finished
    assert messages > 100_000
    assert troubles > 500
    assert finished > 500
    assert slowest_s < SLOWEST_S


def test_mutated_media_is_only_ever_dropped() -> None:
    dice = random.Random(2)
    given: list[tuple[bytes, int]] = []
    receivers = [receiver(made, given) for made in depacketisers(given)]
    seeds = [rtp(0, 0, payload) for payload in payloads()]
    for count in range(PACKETS):
        seed = bytearray(seeds[count % len(seeds)])
        seed[2:4] = (count // len(receivers) & 0xFFFF).to_bytes(2, "big")
        packet = mutated(dice, bytes(seed)) if count % 2 else bytes(seed)
        made = receivers[count % len(receivers)]
        made.packet(packet, 0, len(packet), count / 1000)
        report = mutated(dice, sender_report(1, count, count)) if count % 50 == 0 else b""
        made.control(report, 0, len(report), count / 1000)
        made.tick(count / 1000)
        latm_config(packet[:8])
    assert len(given) > 1000
    assert all(given)
    assert max(size for _, size in given) <= 8 << 20


def depacketisers(given: list[tuple[bytes, int]]) -> list[Depacketiser]:
    def emit(data: bytes, timestamp: int, broken: bool) -> None:
        assert 0 <= timestamp < 1 << 32
        given.append((data[:1], len(data)))

    generic = [Mpeg4Generic(emit, AuHeaders(*widths)) for widths in ((13, 3, 3), (6, 2, 2), (0, 0, 0), (32, 32, 0))]
    plain: list[Depacketiser] = [Plain(emit), Plain(emit, skip_bytes=4), Marked(emit), Latm(emit)]
    return [H264(emit), H265(emit), H265(emit, orders=True), *generic, *plain]


def receiver(made: Depacketiser, given: list[tuple[bytes, int]]) -> Receiver:
    clock = TrackClock(90_000, WallClock(), 0.0)
    return Receiver(96, made, clock, lambda packets: None, reorder=len(given) % 2 == 0)


def payloads() -> list[bytes]:
    nals = [b"\x67sps", b"\x68pps", b"\x65\x80" + bytes(5000)]
    aggregates = [
        b"\x18\x00\x04\x67sps\x00\x04\x68pps",
        b"\x19\x00\x00\x00\x01\x41",
        b"\x1b\x00\x01\x00\x04\x00\x00\x00\x00abcd",
    ]
    newer = [b"\x60\x01\x00\x03\x40\x01v\x00\x04\x26\x01\x80s", b"\x62\x01\x81\x00t", b"\x62\x01\x41u"]
    sounds = [b"\x00\x20\x00\x18\x00\x10abcde", b"\x00\x10\x00\x28ab", b"\xff\x02" + bytes(300)]
    return [*packets(nals, limit=1000), *aggregates, *newer, *sounds]
