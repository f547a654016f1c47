"""Real RTMP publishers as child processes."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg

DEBIAN_FFMPEG = shutil.which("ffmpeg") or "/usr/bin/ffmpeg"
GST_LAUNCH = shutil.which("gst-launch-1.0") or "/usr/bin/gst-launch-1.0"


def new_ffmpeg() -> str:
    """The one that speaks enhanced RTMP."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def ffmpeg_push(
    url: str,
    *,
    binary: str = DEBIAN_FFMPEG,
    seconds: float = 3,
    video: str = "-c:v libx264 -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p",
    audio: str = "-c:a aac -ar 44100 -ac 2",
    extra: str = "",
    paced: bool = True,
) -> list[str]:
    """A command line: moving picture 320x240 at 25/s and a tone."""
    pace = ["-re"] if paced else []
    sources = [*pace, "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25", *pace, "-f", "lavfi", "-i", "sine=r=48000"]
    inputs = ["-map", "0:v", *video.split(), *(["-map", "1:a", *audio.split()] if audio else [])]
    end = ["-t", str(seconds), *extra.split(), "-f", "flv", url]
    return [binary, "-hide_banner", "-v", "error", *sources, *inputs, *end]


def gst_push(location: str, *, buffers: int = 75, element: str = "rtmp2sink") -> list[str]:
    """H.264 and AAC; `element`: rtmp2sink, or rtmpsink (librtmp)."""
    return [
        *(GST_LAUNCH, "-q", "-e", "videotestsrc", "is-live=true", f"num-buffers={buffers}", "!"),
        *("video/x-raw,width=320,height=240,framerate=25/1", "!", "x264enc", "tune=zerolatency", "key-int-max=25", "!"),
        *("h264parse", "!", "flvmux", "name=mux", "streamable=true", "!", element, f"location={location}"),
        *("audiotestsrc", "is-live=true", f"num-buffers={buffers * 2}", "samplesperbuffer=960", "!"),
        *("audio/x-raw,rate=48000,channels=2", "!", "avenc_aac", "!", "aacparse", "!", "mux."),
    ]


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A publisher that is ended, and reaped, at the latest with the block."""
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def self_signed(folder: Path) -> tuple[str, str]:
    """A certificate and its key for 127.0.0.1."""
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([*make, "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key
