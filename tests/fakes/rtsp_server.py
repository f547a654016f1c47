"""A GStreamer RTSP server as a test camera. It runs in the system's Python, which has GStreamer's bindings; `camera()`
is for the tests, the rest for that process.

Pictures come from GStreamer's own pattern, or from a file with H.264 or H.265 and a sound, sent as it is from its
beginning for each client.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PYTHON = "/usr/bin/python3"
AUDIO = {
    "alaw": "audioresample ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8",
    "mulaw": "audioresample ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay1 pt=0",
    "opus": "audioresample ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay name=pay1 pt=97",
    "aac": "audioresample ! audio/x-raw,rate=48000,channels=1 ! voaacenc ! rtpmp4gpay name=pay1 pt=97",
}
FILE_AUDIO = {
    "alaw": "rtppcmapay name=pay1 pt=8",
    "mulaw": "rtppcmupay name=pay1 pt=0",
    "opus": "opusparse ! rtpopuspay name=pay1 pt=97",
    "aac": "aacparse ! rtpmp4gpay name=pay1 pt=97",
}
PAY = {
    "h264": "h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96 mtu=1400",
    "h265": "h265parse config-interval=-1 ! rtph265pay name=pay0 pt=96 mtu=1400",
}
X264 = {"baseline": "bframes=0", "high": "bframes=0", "bframes": "bframes=3 b-adapt=false rc-lookahead=5"}


@dataclass(frozen=True)
class Camera:
    """`url` has no credentials. `process`: stop it to freeze the camera, kill it to unplug it."""

    url: str
    port: int
    process: subprocess.Popen[str]

    def freeze(self) -> None:
        """The machine hangs: its kernel still acknowledges what comes."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def unplug(self) -> None:
        """Gone at once."""
        self.process.kill()
        self.process.wait(10)


@contextlib.contextmanager
def camera(**options: str | int | bool | Path) -> Iterator[Camera]:
    """A running camera. Options are those of this module's command line, with underscores: `codec="h265"`,
    `profile="bframes"`, `audio="aac"`, `file=…`, `user=…`, `password=…`, `auth="digest"`, `transport="udp"`."""
    words: list[str] = []
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    process = subprocess.Popen(
        [PYTHON, __file__, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline() or "0")
        assert port, "the camera did not start"
        yield Camera(f"rtsp://127.0.0.1:{port}/live", port, process)
    finally:
        process.kill()
        process.wait(10)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=360)
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--key-int", type=int, default=25)
    parser.add_argument("--kbps", type=int, default=1000)
    parser.add_argument("--codec", choices=["h264", "h265"], default="h264")
    parser.add_argument("--profile", choices=sorted(X264), default="baseline")
    parser.add_argument("--audio", choices=["none", *AUDIO], default="none")
    parser.add_argument("--tone-hz", type=int, default=440)
    parser.add_argument("--pattern", default="ball")
    parser.add_argument("--freeze-after-s", type=int, default=0, help="a still picture from then on")
    parser.add_argument("--file", default="", help="an MP4 file; --codec and --audio say what is in it")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--auth", choices=["basic", "digest"], default="digest")
    parser.add_argument("--transport", choices=["any", "tcp", "udp"], default="any")
    return parser.parse_args()


def launch_line(given: argparse.Namespace) -> str:
    if given.file:
        sound = f"d. ! queue ! {FILE_AUDIO[given.audio]}" if given.audio != "none" else ""
        return f"filesrc location={given.file} ! qtdemux name=d  d. ! queue ! {PAY[given.codec]} {sound}"
    raw = f"video/x-raw,width={given.width},height={given.height},framerate={given.fps}/1"
    test = f"videotestsrc name=picture is-live=true pattern={given.pattern} ! {raw}"
    if given.codec == "h265":
        encoder = f"x265enc speed-preset=ultrafast tune=zerolatency key-int-max={given.key_int} bitrate={given.kbps}"
        caps = "video/x-h265"
    else:
        tune = "" if given.profile == "bframes" else "tune=zerolatency"
        encoder = (
            f"x264enc speed-preset=veryfast {tune} key-int-max={given.key_int} bitrate={given.kbps} "
            f"threads=1 {X264[given.profile]}"
        )
        caps = "video/x-h264,profile=" + ("baseline" if given.profile == "baseline" else "high")
    sound = ""
    if given.audio != "none":
        sound = f"audiotestsrc is-live=true freq={given.tone_hz} volume=0.4 ! audioconvert ! {AUDIO[given.audio]}"
    return f"{test} ! videoconvert ! video/x-raw,format=I420 ! {encoder} ! {caps} ! {PAY[given.codec]} {sound}"


def factory_for(given: argparse.Namespace) -> GstRtspServer.RTSPMediaFactory:
    made = GstRtspServer.RTSPMediaFactory()
    made.set_launch(f"( {launch_line(given)} )")
    made.set_shared(not given.file)
    if given.transport != "any":
        made.set_protocols(
            GstRtsp.RTSPLowerTrans.TCP if given.transport == "tcp" else GstRtsp.RTSPLowerTrans.UDP,
        )
    if given.freeze_after_s:
        made.connect("media-configure", lambda _, media: freeze_later(media, given.freeze_after_s))
    return made


def freeze_later(media: GstRtspServer.RTSPMedia, delay_s: int) -> None:
    picture = media.get_element().get_by_name("picture")
    GLib.timeout_add_seconds(delay_s, lambda: picture.set_property("pattern", "blue"))


def guard(server: GstRtspServer.RTSPServer, factory: GstRtspServer.RTSPMediaFactory, given: argparse.Namespace) -> None:
    """Only this user gets in."""
    token = GstRtspServer.RTSPToken.new()
    token.set_string("media.factory.role", "user")
    permissions = GstRtspServer.RTSPPermissions.new()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    factory.set_permissions(permissions)
    auth = GstRtspServer.RTSPAuth.new()
    methods = GstRtsp.RTSPAuthMethod
    if given.auth == "digest":
        auth.add_digest(given.user, given.password, token)
        auth.set_supported_methods(methods.DIGEST)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(given.user, given.password), token)
        auth.set_supported_methods(methods.BASIC)
    server.set_auth(auth)


def main() -> None:
    given = arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(str(given.port))
    factory = factory_for(given)
    if given.user:
        guard(server, factory, given)
    server.get_mount_points().add_factory("/live", factory)
    server.attach(None)
    loop = GLib.MainLoop()
    # The test that started this has ended, however it did.
    GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.HUP, lambda *_: loop.quit())
    print(server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

    main()
