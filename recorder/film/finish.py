"""Fragments into a plain MP4 whose index stands in front: every player seeks in it, and starts before it has it all."""

import os
from collections.abc import Callable
from typing import Any, Final

import av

from recorder.film.files import FdReader, FdWriter

_ASK_EVERY: Final = 500


def finish(scratch_fd: int, output_fd: int, cancelled: Callable[[], bool]) -> bool:
    """Copies without coding: about 2 s of CPU for an hour. False: cancelled, `output_fd` is not to be used.

    Raises av.FFmpegError and OSError.
    """

    def opened(_url: str, _flags: int, _options: dict[str, Any]) -> FdReader:
        # To move the index to the front libav reads what it has written, through a second file object.
        return FdReader(output_fd)

    with (
        av.open(FdReader(scratch_fd), "r", format="mp4") as source,
        av.open(
            FdWriter(output_fd),
            "w",
            format="mp4",
            # Times are as the encoders gave them and begin at zero; nothing is to be shifted.
            options={"movflags": "faststart", "avoid_negative_ts": "disabled"},
            io_open=opened,
        ) as target,
    ):
        streams = {stream.index: target.add_stream_from_template(stream, opaque=True) for stream in source.streams}
        for number, packet in enumerate(source.demux()):
            if packet.dts is None:
                continue
            packet.stream = streams[packet.stream.index]
            target.mux(packet)
            if number % _ASK_EVERY == 0 and cancelled():
                return False
    return True


def empty(*fds: int) -> None:
    for fd in fds:
        os.ftruncate(fd, 0)
