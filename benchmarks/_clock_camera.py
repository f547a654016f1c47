"""A live RTSP camera whose pictures carry the time at which they were made. Run by the system's Python (GStreamer).

The top of each picture holds two rows of 24 squares: the Unix time in ms modulo 2^24 in binary (white = 1), and its
inverse, so that a torn picture is known. Prints its port.
"""

from __future__ import annotations

import argparse
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

BITS = 24
WIDTH, HEIGHT, FPS = 960, 540, 25
LINE = (
    "( appsrc name=clock is-live=true do-timestamp=true format=time "
    f"caps=video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate={FPS}/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=50 bitrate=1500 threads=1 "
    "! video/x-h264,profile=baseline ! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96 mtu=1400 )"
)


def picture(now_ms: int, counter: int) -> bytes:
    cell, row = WIDTH // BITS, 30
    bits = [(now_ms >> bit) & 1 for bit in range(BITS)]
    lit = b"".join((b"\xeb" if bit else b"\x10") * cell for bit in bits).ljust(WIDTH, b"\x10")
    inverse = b"".join((b"\x10" if bit else b"\xeb") * cell for bit in bits).ljust(WIDTH, b"\x10")
    x = (counter * 12) % (WIDTH - 80)
    moving = bytes([90]) * x + bytes([200]) * 80 + bytes([90]) * (WIDTH - 80 - x)
    luma = lit * row + inverse * row + moving * (HEIGHT - 2 * row)
    return luma + b"\x80" * (WIDTH * HEIGHT // 2)


class Camera:
    def __init__(self) -> None:
        self.counter = 0

    def begin(self, _factory: object, media: GstRtspServer.RTSPMedia) -> None:
        source = media.get_element().get_child_by_name("clock")
        GLib.timeout_add(1000 // FPS, self.push, source)

    def push(self, source: Gst.Element) -> bool:
        self.counter += 1
        now_ms = int(time.time() * 1000) % (1 << BITS)
        buffer = Gst.Buffer.new_wrapped(picture(now_ms, self.counter))
        return bool(source.emit("push-buffer", buffer) == Gst.FlowReturn.OK)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    given = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(given.port)
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(LINE)
    factory.set_shared(True)
    factory.connect("media-configure", Camera().begin)
    server.get_mount_points().add_factory("/live", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
