"""An RTSP camera in plain Python that can be as odd or as hostile as a test wants. It serves one connection after the
other on a thread; `Script` says how it answers and what it sends."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import av

from tests.fakes import pictures

FPS = 25
TICKS = 90_000 // FPS


@dataclass
class Asked:
    """A request as it came. Header names in lower case."""

    method: str
    url: str
    headers: dict[str, str]


@dataclass
class Answer:
    """`raw` replaces everything. `silent`: none at all. `headers` are added."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    raw: bytes | None = None
    silent: bool = False


Rule = Callable[[Asked], Answer | None]
"""None: the ordinary answer."""


@dataclass
class Script:
    """`rules` are asked first, in order. `media` runs on the connection's thread after PLAY."""

    sdp: str = ""
    rules: list[Rule] = field(default_factory=list)
    media: Callable[[Talk], None] = lambda _: None
    public: str = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
    rtp_info: str = ""
    version: str = "RTSP/1.0"


@dataclass
class Odd:
    """A running camera and all it was asked."""

    port: int
    url: str
    asked: list[Asked] = field(default_factory=list)

    def methods(self) -> list[str]:
        return [each.method for each in self.asked]


class Talk:
    """One connection."""

    def __init__(self, held: socket.socket, script: Script, odd: Odd, stop: threading.Event) -> None:
        self.held = held
        self._script = script
        self._odd = odd
        self._stop = stop
        self._buffer = b""
        self.udp: list[tuple[socket.socket, int]] = []
        self.number = 0
        """Where a film may go on counting."""

    def serve(self) -> None:
        """Until PLAY; then media, and requests in between are answered by `listen`."""
        while not self._stop.is_set():
            asked = self._request()
            if asked is None:
                return
            self.answer(asked)
            if asked.method == "PLAY":
                self._script.media(self)
            if asked.method == "TEARDOWN":
                return

    def answer(self, asked: Asked) -> None:
        self._odd.asked.append(asked)
        chosen = next((found for rule in self._script.rules if (found := rule(asked)) is not None), None)
        chosen = chosen or self._ordinary(asked)
        if chosen.silent:
            return
        if chosen.raw is not None:
            self.held.sendall(chosen.raw)
            return
        lines = [f"{self._script.version} {chosen.status} Reason", f"CSeq: {asked.headers.get('cseq', '0')}"]
        lines += [f"{name}: {value}" for name, value in chosen.headers]
        if chosen.body:
            lines.append(f"Content-Length: {len(chosen.body)}")
        self.held.sendall("\r\n".join([*lines, "", ""]).encode() + chosen.body)

    def rtp(self, number: int, timestamp: int, payload: bytes, **fields: int) -> None:
        """On the first track's channel."""
        self.frame(0, rtp(number, timestamp, payload, **fields))

    def frame(self, channel: int, packet: bytes) -> None:
        self.held.sendall(struct.pack("!cBH", b"$", channel, len(packet)) + packet)

    def datagram(self, packet: bytes, *, pair: int = 0) -> None:
        sender, port = self.udp[pair]
        sender.sendto(packet, ("127.0.0.1", port))

    def pause(self, seconds: float) -> bool:
        """True: go on."""
        return not self._stop.wait(seconds)

    def waiting(self) -> bool:
        """The reader has asked something."""
        return bool(select.select([self.held], [], [], 0)[0])

    def hang(self) -> None:
        """Keeps the connection open and does nothing."""
        self._stop.wait()

    def close(self) -> None:
        for sender, _ in self.udp:
            sender.close()
        self.held.close()

    def _request(self) -> Asked | None:
        while b"\r\n\r\n" not in self._buffer:
            try:
                chunk = self.held.recv(4096)
            except OSError:
                return None
            if not chunk:
                return None
            self._buffer += chunk
            while self._buffer[:1] == b"$" and len(self._buffer) >= 4:
                self._buffer = self._buffer[4 + int.from_bytes(self._buffer[2:4], "big") :]
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *rest = head.decode().split("\r\n")
        method, url, _ = first.split(" ")
        pairs = (line.partition(":") for line in rest)
        return Asked(method, url, {name.lower(): value.strip() for name, _, value in pairs})

    def _ordinary(self, asked: Asked) -> Answer:
        session = ("Session", "12345678;timeout=60")
        match asked.method:
            case "OPTIONS":
                return Answer(headers=[("Public", self._script.public)])
            case "DESCRIBE":
                headers = [("Content-Type", "application/sdp"), ("Content-Base", f"{self._odd.url}/")]
                return Answer(headers=headers, body=self._script.sdp.encode())
            case "SETUP":
                return Answer(headers=[session, ("Transport", self._transport(asked.headers["transport"]))])
            case "PLAY":
                info = [("RTP-Info", self._script.rtp_info)] if self._script.rtp_info else []
                return Answer(headers=[session, *info])
            case _:
                return Answer(headers=[session])

    def _transport(self, offer: str) -> str:
        wanted = re.search(r"client_port=(\d+)", offer)
        if wanted is None:
            return offer
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.bind(("127.0.0.1", 0))
        self.udp.append((sender, int(wanted[1])))
        port = sender.getsockname()[1]
        return f"{offer};server_port={port}-{port + 1}"


@contextlib.contextmanager
def odd_camera(script: Script) -> Iterator[Odd]:
    """Listens on loopback."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        port = server.getsockname()[1]
        odd = Odd(port, f"rtsp://127.0.0.1:{port}/odd")
        thread = threading.Thread(target=_accept, args=(server, script, odd, stop))
        thread.start()
        try:
            yield odd
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()


def _accept(server: socket.socket, script: Script, odd: Odd, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            held, _ = server.accept()
        except TimeoutError:
            continue
        held.settimeout(5)
        talk = Talk(held, script, odd, stop)
        with contextlib.suppress(OSError):  # the other side has hung up
            talk.serve()
        talk.close()


def rtp(number: int, timestamp: int, payload: bytes, *, pt: int = 96, ssrc: int = 1, marker: int = 0) -> bytes:
    """One packet."""
    return struct.pack("!BBHII", 0x80, marker << 7 | pt, number & 0xFFFF, timestamp & 0xFFFF_FFFF, ssrc) + payload


def sender_report(ssrc: int, unix_s: float, timestamp: int) -> bytes:
    seconds = unix_s + 2_208_988_800
    whole = int(seconds)
    fraction = int((seconds - whole) * (1 << 32))
    return struct.pack("!BBHIIIIII", 0x80, 200, 6, ssrc, whole & 0xFFFF_FFFF, fraction, timestamp & 0xFFFF_FFFF, 0, 0)


def encoded(count: int, *, width: int = 320, height: int = 180, key_int: int = 10, first: int = 0) -> list[list[bytes]]:
    """NAL units of pictures with the counters `first`… burnt in, H.264 without B-frames, parameter sets in band."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.gop_size = FPS, key_int  # type: ignore[assignment]
    encoder.options = {"tune": "zerolatency", "preset": "veryfast", "x264-params": "repeat-headers=1:threads=1"}
    units: list[list[bytes]] = []
    for counter in range(first, first + count):
        picture = av.VideoFrame.from_ndarray(pictures.frame(counter, width=width, height=height, hue=60), "bgr24")
        data = b"".join(bytes(packet) for packet in encoder.encode(picture))
        units.append([nal for nal in re.split(rb"\x00\x00\x00?\x01", data) if nal])
    return units


def packets(nals: list[bytes], *, limit: int = 1200) -> list[bytes]:
    """RTP payloads of one access unit (RFC 6184): single NAL units and FU-A."""
    found: list[bytes] = []
    for nal in nals:
        if len(nal) <= limit:
            found.append(nal)
            continue
        head, body = nal[0], nal[1:]
        pieces = [body[at : at + limit - 2] for at in range(0, len(body), limit - 2)]
        for number, piece in enumerate(pieces):
            flags = 0x80 * (number == 0) | 0x40 * (number == len(pieces) - 1)
            found.append(bytes((head & 0xE0 | 28, flags | head & 0x1F)) + piece)
    return found


def h264_sdp(*, control: str = "trackID=1", more: str = "") -> str:
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=odd\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
        f"a=control:{control}\r\n{more}"
    )


PCMA_SDP = "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:trackID=2\r\n"


class Film:
    """Sends encoded pictures in real time, each packet by `send`."""

    def __init__(self, units: list[list[bytes]], *, ssrc: int = 1, number: int = 65_530, timestamp: int = 0) -> None:
        self.units = units
        self.ssrc = ssrc
        self.number = number
        self.timestamp = timestamp

    def all_packets(self, *, marker: bool = True) -> Iterator[list[bytes]]:
        """The packets of one picture after the other."""
        for nals in self.units:
            payloads = packets(nals)
            made = []
            for place, payload in enumerate(payloads):
                last = int(marker and place == len(payloads) - 1)
                made.append(rtp(self.number, self.timestamp, payload, ssrc=self.ssrc, marker=last))
                self.number += 1
            self.timestamp += TICKS
            yield made

    def play(self, talk: Talk, *, marker: bool = True) -> None:
        due_s = time.monotonic()
        for group in self.all_packets(marker=marker):
            for packet in group:
                talk.frame(0, packet)
            due_s += 1 / FPS
            if not talk.pause(max(due_s - time.monotonic(), 0)):
                return


def digest_rule(username: str, password: str, *, challenges: list[str]) -> Rule:
    """401 with these WWW-Authenticate headers until a right answer to a Digest (MD5 without or with qop=auth, SHA-256)
    or Basic one comes."""

    def rule(asked: Asked) -> Answer | None:
        given = asked.headers.get("authorization", "")
        refused = Answer(401, [("WWW-Authenticate", challenge) for challenge in challenges])
        if given.startswith("Basic "):
            right = base64.b64decode(given[6:]) == f"{username}:{password}".encode()
            return None if right else refused
        fields = dict(re.findall(r'(\w+)=(?:"([^"]*)"|\S+)', given))
        fields.update({name: value.rstrip(",") for name, value in re.findall(r'(\w+)=([^",\s]+)', given)})
        if not given:
            return refused
        return None if fields["response"] == _expected(asked.method, fields, username, password) else refused

    return rule


def _expected(method: str, fields: dict[str, str], username: str, password: str) -> str:
    name = fields.get("algorithm", "MD5").lower().replace("-", "")

    def hashed(text: str) -> str:
        return hashlib.new(name, text.encode()).hexdigest()

    secret = hashed(f"{username}:{fields['realm']}:{password}")
    request = hashed(f"{method}:{fields['uri']}")
    if "qop" in fields:
        middle = f"{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:{fields['qop']}"
    else:
        middle = fields["nonce"]
    return hashed(f"{secret}:{middle}:{request}")
