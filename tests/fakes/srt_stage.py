"""Real SRT: publishers as processes, the gate and one reader per publisher as sandboxed children."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import imageio_ffmpeg

from conference.model.ids import SourceId
from conference.model.source import SourceKind
from conference.sources import words
from conference.sources.gates import Admitted, Decision, Gates, Refused
from conference.sources.nursery import SourceNursery
from tests.fakes.nursery import Heard

DEBIAN_FFMPEG = shutil.which("ffmpeg") or "/usr/bin/ffmpeg"
GST_LAUNCH = shutil.which("gst-launch-1.0") or "/usr/bin/gst-launch-1.0"
LIVE_TRANSMIT = shutil.which("srt-live-transmit") or "/usr/bin/srt-live-transmit"

H264 = "-c:v libx264 -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p -b:v 1M"
HEVC = "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25 -pix_fmt yuv420p"
AAC = "-c:a aac -ar 48000 -ac 2"
OPUS = "-c:a libopus -ar 48000 -ac 2"


def new_ffmpeg() -> str:
    """Another libsrt than Debian's."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def media(*, binary: str = DEBIAN_FFMPEG, seconds: float = 60, video: str = H264, audio: str = AAC) -> list[str]:
    """A command line up to its output: moving picture 320x240 at 25/s and a tone, MPEG-TS."""
    inputs = ["-re", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25", "-re", "-f", "lavfi", "-i", "sine=r=48000"]
    return [binary, "-hide_banner", "-v", "error", *inputs, *video.split(), *audio.split(), "-t", str(seconds)]


def address(port: int, stream_id: str, passphrase: str, more: str = "") -> str:
    """What an encoder is given."""
    secret = f"&passphrase={passphrase}" if passphrase else ""
    return f"srt://127.0.0.1:{port}?mode=caller&pkt_size=1316&streamid={stream_id}{secret}{more}"


def ffmpeg_push(url: str, **what: object) -> list[str]:
    """`what`: as `media` takes it."""
    return [*media(**what), "-flush_packets", "1", "-f", "mpegts", url]  # type: ignore[arg-type]


def gst_push(port: int, stream_id: str, passphrase: str, *, key_bytes: int = 32) -> list[str]:
    """srtsink with H.264 and AAC."""
    return [
        *(
            GST_LAUNCH,
            "-q",
            "videotestsrc",
            "is-live=true",
            "!",
            "video/x-raw,width=320,height=240,framerate=25/1",
            "!",
        ),
        *("x264enc", "tune=zerolatency", "key-int-max=25", "!", "h264parse", "!"),
        *("mpegtsmux", "name=mux", "alignment=7", "!", "srtsink", f"uri=srt://127.0.0.1:{port}?mode=caller"),
        *(f"streamid={stream_id}", f"passphrase={passphrase}", f"pbkeylen={key_bytes}"),
        *("audiotestsrc", "is-live=true", "!", "audio/x-raw,rate=48000,channels=2", "!"),
        *("avenc_aac", "!", "aacparse", "!", "mux."),
    ]


@asynccontextmanager
async def pushing(command: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A publisher in a process group of its own, killed and reaped at the latest with the block."""
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdin=nothing, stdout=nothing, stderr=nothing)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass
class Publisher:
    """One that was let in, and the child that reads it."""

    source: str
    heard: Heard
    media: socket.socket

    def packets(self) -> int:
        """Datagrams of RTP that came so far and were not counted yet."""
        count = 0
        while True:
            try:
                count += bool(self.media.recv(65_536))
            except BlockingIOError:
                return count

    @property
    def formats(self) -> words.Formats | None:
        """The last ones it told."""
        return next((word for word in reversed(self.heard.words) if isinstance(word, words.Formats)), None)


@dataclass
class Stage:
    """`keys`: passphrase by source. A source has one publisher at a time."""

    nursery: SourceNursery
    keys: dict[str, str]
    publishers: list[Publisher] = field(default_factory=list)
    abandoned: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    gates: Gates | None = None
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def port(self) -> int:
        assert self.gates is not None
        return self.gates.ports[SourceKind.SRT]

    async def decide(self, _kind: SourceKind, key: str, _peer: str) -> Decision:
        code = "unknown-key" if key not in self.keys else "busy" if self._taken(key) else ""
        if code:
            self.refused.append((key, code))
            self.changed.set()
            return Refused(code)
        return Admitted(SourceId(key), self.keys[key])

    def _taken(self, key: str) -> bool:
        return any(publisher.source == key and not publisher.heard.exits for publisher in self.publishers)

    def admitted(self, _kind: SourceKind, source: SourceId, fd: int, _state: bytes, _peer: str) -> None:
        task = asyncio.create_task(self._read(source, fd))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def gone(self, _kind: SourceKind, source: SourceId, cause: str) -> None:
        self.abandoned.append((source, cause))
        self.changed.set()

    async def _read(self, source: SourceId, fd: int) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(0)
        heard = Heard()
        heard.child = await self.nursery.spawn(
            source, words.SrtJob(), [theirs.fileno(), fd], on_word=heard.on_word, on_exit=heard.on_exit
        )
        theirs.close()
        os.close(fd)
        self.publishers.append(Publisher(source, heard, ours))
        self.changed.set()

    async def publisher(self, number: int = 0, timeout_s: float = 10.0) -> Publisher:
        """The one let in after `number` others."""
        async with asyncio.timeout(timeout_s):
            while len(self.publishers) <= number:
                self.changed.clear()
                await self.changed.wait()
        return self.publishers[number]

    async def until(self, count: int, events: list[tuple[str, str]], timeout_s: float = 10.0) -> None:
        """`events`: abandoned or refused of this stage."""
        async with asyncio.timeout(timeout_s):
            while len(events) < count:
                self.changed.clear()
                await self.changed.wait()

    def gate_pid(self) -> int:
        """Of the gate's process."""
        return next(pid for pid, child in self.nursery.children.items() if child.owner == "srt-gate")


@asynccontextmanager
async def stage(keys: dict[str, str]) -> AsyncIterator[Stage]:
    """A nursery and a gate for these sources; ends with no child left."""
    nursery = SourceNursery(limits=words.Limits(), quality=words.Quality())
    scene = Stage(nursery, keys)
    scene.gates = Gates(
        nursery,
        rtmp=None,
        srt=("127.0.0.1", 0),
        decide=scene.decide,
        publisher=scene.admitted,
        abandoned=scene.gone,
    )
    running = [asyncio.create_task(nursery.run()), asyncio.create_task(scene.gates.run())]
    try:
        yield scene
    finally:
        for task in reversed(running):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        scene.gates.close()
        for publisher in scene.publishers:
            publisher.media.close()


def kill(process: asyncio.subprocess.Process) -> None:
    """Without a goodbye."""
    process.send_signal(signal.SIGKILL)
