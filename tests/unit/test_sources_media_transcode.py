"""What browsers cannot play is re-encoded, only while somebody needs it; VP8 for viewers without H.264."""

import itertools

import pytest

from conference.sources import words
from conference.sources.worker.media.units import VideoFormat
from tests.fakes.source_made import Unit, coded, decoded, pictures, psnr_db
from tests.fakes.source_media import Rig
from tests.fakes.source_received import h264, vp8

MOVING = "testsrc2=s=640x480:r=25:d=3"


def start(rig: Rig, codec: str = "h264") -> None:
    rig.pipeline.video_format(VideoFormat(codec))
    rig.pipeline.tracks_known()


def shown_like(rig: Rig, codec: str, graph: str = MOVING) -> int:
    """Decode what was sent; each picture must be the source's picture of its time. Gives their number."""
    kind = vp8 if codec == "vp8" else h264
    received = kind(rig.of(words.VP8_PT if codec == "vp8" else words.VIDEO_PT))
    shown = decoded(codec, [(frame.timestamp, frame.data) for frame in received])
    assert len(shown) == len(received)
    originals = pictures(graph)
    first = max(range(len(originals)), key=lambda n: psnr_db(shown[0], originals[n]))
    for frame in shown:
        number = first + ((frame.pts or 0) - (shown[0].pts or 0)) // 3600
        assert psnr_db(frame, originals[number]) > 24
    return len(shown)


@pytest.mark.parametrize("dts", [False, True], ids=["pts only", "pts and dts"])
def test_b_frames_are_noticed_and_re_encoded_while_needed(dts: bool) -> None:
    units = coded(MOVING, preset="veryfast", bf="2")
    assert any(a.pts_us > b.pts_us for a, b in itertools.pairwise(units))
    with Rig() as rig:
        start(rig)
        rig.video(units[:30], dts=dts)
        before = len(rig.of(words.VIDEO_PT))
        assert len({packet.timestamp for packet in rig.of(words.VIDEO_PT)}) <= 2
        assert rig.heard(words.Formats)[-1].transcoding == ("b-frames",)
        assert rig.heard(words.Formats)[-1].video_out == "h264"
        rig.need(video=True)
        rig.packets = rig.packets[before:]
        rig.video(units[30:], dts=dts)
        assert shown_like(rig, "h264") >= 43
        assert rig.heard(words.Report)[-1].running == ("b-frames",)
        rig.need()
        sent = len(rig.packets)
        rig.video(coded(MOVING, preset="veryfast", bf="2"), shift_us=3_200_000, dts=dts)
        assert len(rig.packets) == sent
        assert rig.heard(words.Report)[-1].running == ()


@pytest.mark.parametrize(
    ("codec", "encoder", "reason", "options"),
    [
        ("h265", "libx265", "h265", {"preset": "ultrafast", "x265-params": "log-level=none"}),
        ("mpeg4", "mpeg4", "video-codec", {"b": "20M"}),
        ("mpeg2", "mpeg2video", "video-codec", {"b": "20M"}),
    ],
)
def test_other_codecs_become_h264(codec: str, encoder: str, reason: str, options: dict[str, str]) -> None:
    units = coded(MOVING, encoder, **options)
    with Rig() as rig:
        start(rig, codec)
        rig.video(units[:10])
        assert rig.packets == []
        rig.need(video=True)
        rig.video(units[10:])
        assert shown_like(rig, "h264") >= 60
        formats = rig.heard(words.Formats)[-1]
        assert (formats.video_codec, formats.width, formats.height) == (codec, 640, 480)
        assert formats.transcoding == (reason,)
        assert rig.heard(words.Report)[-1].running == (reason,)


def test_motion_jpeg_becomes_h264() -> None:
    units = coded(MOVING, "mjpeg", pix_fmt="yuvj420p", b="20M")
    with Rig() as rig:
        start(rig, "mjpeg")
        rig.need(video=True)
        rig.video(units)
        assert shown_like(rig, "h264") == 75
        assert rig.heard(words.Formats)[-1].width == 640


def test_ten_bit_and_444_h264_are_re_encoded() -> None:
    for pix_fmt in ("yuv420p10le", "yuv444p"):
        units = coded(MOVING, pix_fmt=pix_fmt)
        with Rig() as rig:
            start(rig)
            rig.need(video=True)
            rig.video(units)
            assert rig.heard(words.Formats)[-1].transcoding == ("video-codec",)
            assert shown_like(rig, "h264") == 75


def test_vp8_begins_in_mid_gop_with_a_keyframe_of_now() -> None:
    units = coded("testsrc2=s=640x480:r=25:d=3", g="100")
    with Rig() as rig:
        start(rig)
        rig.video(units[:40])
        assert rig.of(words.VP8_PT) == []
        rig.need(vp8=True)
        first = vp8(rig.of(words.VP8_PT))
        assert len(first) == 1
        assert psnr_db(decoded("vp8", [(0, first[0].data)])[0], pictures(MOVING)[39]) > 24
        rig.video(units[40:])
        assert shown_like(rig, "vp8") == 36
        assert len(h264(rig.of(words.VIDEO_PT))) == 75
        assert rig.heard(words.Formats)[-1].transcoding == ("viewer",)
        assert rig.heard(words.Report)[-1].running == ("viewer",)


@pytest.mark.parametrize("output", [words.VIDEO_PT, words.VP8_PT])
def test_a_keyframe_request_is_answered_with_the_next_picture_twice_a_second_at_most(output: int) -> None:
    units = coded("testsrc2=s=320x240:r=25:d=8", "mjpeg", pix_fmt="yuvj420p")
    with Rig() as rig:
        start(rig, "mjpeg")
        rig.need(video=True, vp8=True)
        keys: list[int] = []
        for number, unit in enumerate(units):
            if number and 10 <= number < 60:
                rig.pli(rig.of(output)[0].ssrc)
            seen = len(rig.packets)
            rig.video([unit])
            payload = next(packet.payload for packet in rig.packets[seen:] if packet.payload_type == output)
            if payload[3] & 31 == 7 if output == words.VIDEO_PT else not payload[4] & 1:
                keys.append(number)
        # Asked for with each picture from 10 to 59: each 520 ms. Unasked: each 2 s.
        assert keys == [0, 14, 28, 42, 56, 106, 156]


def test_size_and_rate_are_capped_and_the_aspect_is_kept() -> None:
    units = coded("testsrc2=s=1280x544:r=50:d=1", fps=50)
    quality = words.Quality(max_height=270, max_fps=20, max_bitrate_bps=500_000)
    with Rig(quality=quality) as rig:
        start(rig)
        rig.need(vp8=True)
        rig.video(units)
        received = vp8(rig.of(words.VP8_PT))
        shown = decoded("vp8", [(frame.timestamp, frame.data) for frame in received])
        assert {(frame.width, frame.height) for frame in shown} == {(634, 270)}
        assert 16 <= len(shown) <= 21


def test_a_source_with_lost_decoding_state_goes_on_at_a_keyframe() -> None:
    units = coded(MOVING, "libx265", preset="ultrafast", **{"x265-params": "log-level=none:keyint=25:bframes=0"})
    damaged = [
        Unit(bytes(reversed(unit.data)) if 10 <= n < 20 else unit.data, unit.pts_us, unit.dts_us)
        for n, unit in enumerate(units)
    ]
    with Rig() as rig:
        start(rig, "h265")
        rig.need(video=True)
        rig.video(damaged)
        received = h264(rig.of(words.VIDEO_PT))
        assert 50 <= len(received) <= 65
        assert not rig.heard(words.Formats)[-1].unsupported


def test_a_codec_nobody_can_decode_is_told() -> None:
    with Rig() as rig:
        start(rig, "svac")
        assert rig.heard(words.Formats)[-1] == words.Formats(video_codec="svac", unsupported=True)
    units = coded("testsrc2=s=320x240:r=25:d=3", "mpeg4", b="2M")
    with Rig() as rig:
        start(rig, "mjpeg")
        rig.need(video=True)
        rig.video(units)
        formats = rig.heard(words.Formats)[-1]
        assert formats.unsupported
        assert formats.video_out == ""
