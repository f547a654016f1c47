"""Encoders in the field as processes: ffmpeg and GStreamer push a prepared clip with a burnt-in counter and a tone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

DEBIAN_FFMPEG = "/usr/bin/ffmpeg"
VIDEO = {
    "h264": "-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -bf 0 -g 30",
    "h264-high": "-c:v libx264 -preset veryfast -profile:v high -bf 0 -g 30",
    "b-frames": "-c:v libx264 -preset veryfast -profile:v high -bf 3 -b_strategy 0 -g 30",
    "long-gop": "-c:v libx264 -preset ultrafast -tune zerolatency -bf 0 -g 150 -keyint_min 150 -sc_threshold 0",
    "hevc": "-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=30:bframes=0",
}
AUDIO = {"aac": "-c:a aac -b:a 96k", "opus": "-c:a libopus -ar 48000 -ac 2", "mp3": "-c:a libmp3lame", "none": "-an"}


def new_ffmpeg() -> str:
    """The one that speaks enhanced RTMP and WHIP."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


@dataclass(frozen=True)
class Clip:
    """A prepared film; its last picture is followed by its first."""

    file: Path
    video: str
    audio: str


def make_clip(
    folder: Path, camera: Path, microphone: Path, *, video: str = "h264", audio: str = "aac", seconds: int = 10
) -> Clip:
    """Encodes once what then is pushed many times."""
    file = folder / f"{camera.stem}-{video}-{audio}.mkv"
    if not file.exists():
        words = (
            f"-v error -y -i {camera} -i {microphone} {VIDEO[video]} -pix_fmt yuv420p -b:v 800k {AUDIO[audio]}"
            f" -t {seconds} {file}"
        )
        subprocess.run([new_ffmpeg(), *words.split()], check=True, stdin=subprocess.DEVNULL)
    return Clip(file, video, audio)


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process, ended at the end of the block."""
    with log.open("ab") as stream:
        process = subprocess.Popen(list(command), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def ffmpeg_push(clip: Clip, url: str, *, muxer: str, ffmpeg: str = DEBIAN_FFMPEG, extra: str = "") -> list[str]:
    """Pushes the clip for ever, in real time, without encoding again."""
    words = f"-hide_banner -nostats -re -stream_loop -1 -i {clip.file} -c copy {extra} -f {muxer}"
    return [ffmpeg, *words.split(), url]


def gst_rtmp_push(clip: Clip, url: str) -> list[str]:
    """GStreamer's rtmp2sink; it plays the clip once."""
    return _gst(clip, "flvmux name=mux streamable=true", "", f'rtmp2sink location="{url}"')


def gst_srt_push(clip: Clip, url: str) -> list[str]:
    """GStreamer's srtsink; it plays the clip once."""
    return _gst(clip, "mpegtsmux name=mux alignment=7", "", f'srtsink uri="{url}" wait-for-connection=false')


def _gst(clip: Clip, mux: str, parse: str, sink: str) -> list[str]:
    words = (
        f"filesrc location={clip.file} ! matroskademux name=in"
        f" in.video_0 ! queue ! h264parse config-interval=1 ! {parse}mux."
        f" in.audio_0 ! queue ! aacparse ! mux. {mux} ! identity sync=true ! {sink}"
    )
    return ["gst-launch-1.0", "-q", *words.split()]
