"""Decodes what a reader gave to its pipeline, as libav would."""

import av
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from tests.fakes.rtmp_sink import RememberingSink

_VIDEO = {"h264": "h264", "h265": "hevc", "vp9": "vp9"}


def decoded_pictures(sink: RememberingSink) -> int:
    """How many pictures come out; broken ones raise."""
    fmt = sink.video_formats[0]
    context = VideoCodecContext.create(_VIDEO[fmt.codec], "r")
    assert isinstance(context, VideoCodecContext)
    context.options = {"err_detect": "explode"}
    count, sets = 0, fmt.parameter_sets
    for unit in sink.pictures:
        count += len(context.decode(av.Packet(sets + unit.data)))
        sets = b""
    return count + len(context.decode(None))


def decoded_samples(sink: RememberingSink) -> tuple[int, int]:
    """Samples per channel that come out, and the sampling rate libav finds."""
    fmt = sink.audio_formats[0]
    context = AudioCodecContext.create(fmt.codec, "r")
    assert isinstance(context, AudioCodecContext)
    if fmt.extradata:
        context.extradata = fmt.extradata
    frames = [frame for unit in sink.frames for frame in context.decode(av.Packet(unit.data))]
    return sum(frame.samples for frame in frames), frames[0].sample_rate
