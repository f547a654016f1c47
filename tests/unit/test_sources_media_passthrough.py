"""H.264 that browsers can play goes through undecoded, every picture, in packets of at most 1200 bytes."""

import itertools
from dataclasses import replace

import pytest

from conference.sources import words
from conference.sources.worker.media.units import VideoFormat, VideoUnit
from tests.fakes.source_made import Unit, coded, decoded, pictures, psnr_db
from tests.fakes.source_media import Rig
from tests.fakes.source_received import h264

MOVING = "testsrc2=s=640x480:r=25:d=3"


def start(rig: Rig, codec: str = "h264", parameter_sets: bytes = b"") -> None:
    rig.pipeline.video_format(VideoFormat(codec, parameter_sets))
    rig.pipeline.tracks_known()


def test_every_picture_arrives_as_it_was() -> None:
    units = coded(MOVING, b="2M")
    with Rig() as rig:
        start(rig)
        rig.video(units)
        received = h264(rig.of(words.VIDEO_PT))
        assert len(received) == len(units)
        assert rig.datagrams - len(rig.reports) == len(units)
        assert [frame.nal_types[:2] for frame in received[::25]] == [[7, 8]] * 3
        shown = decoded("h264", [(frame.timestamp, frame.data) for frame in received])
        assert len(shown) == len(units)
        assert [(b.pts or 0) - (a.pts or 0) for a, b in itertools.pairwise(shown)] == [3600] * 74
        assert min(psnr_db(a, b) for a, b in zip(shown, pictures(MOVING), strict=True)) > 28
        (formats,) = [word for word in rig.heard(words.Formats) if word.width]
        assert (formats.video_codec, formats.width, formats.height, formats.video_out) == ("h264", 640, 480, "h264")
        assert formats.transcoding == ()
        assert not formats.unsupported


def test_parameter_sets_from_the_protocol_stand_before_each_keyframe() -> None:
    units = coded(MOVING)
    sets = units[0].data[: units[0].data.index(b"\0\0\1\x65")]
    bare = [
        Unit(unit.data[unit.data.index(b"\0\0\1\x65") - 1 :] if unit.key else unit.data, unit.pts_us, unit.dts_us)
        for unit in units
    ]
    with Rig() as rig:
        start(rig, parameter_sets=sets)
        rig.video(bare)
        received = h264(rig.of(words.VIDEO_PT))
        assert [frame.nal_types for frame in received[::25]] == [[7, 8, 5]] * 3


def test_delimiters_filler_and_sei_are_left_out() -> None:
    filler = b"\0\0\0\1\x0c" + b"\xff" * 300 + b"\x80"
    units = [replace(unit, data=unit.data + filler) for unit in coded(MOVING, aud="1")]
    assert all(b"\0\0\1\x09" in unit.data for unit in units)
    with Rig() as rig:
        start(rig)
        rig.video(units)
        received = h264(rig.of(words.VIDEO_PT))
        assert {kind for frame in received for kind in frame.nal_types} <= {1, 5, 6, 7, 8}
        assert len(decoded("h264", [(frame.timestamp, frame.data) for frame in received])) == len(units)


def test_many_small_slices_share_packets() -> None:
    units = coded("testsrc2=s=320x240:r=25:d=1", **{"x264-params": "slice-max-size=150"})
    with Rig() as rig:
        start(rig)
        rig.video(units)
        received = h264(rig.of(words.VIDEO_PT))
        assert any(packet.payload[0] & 31 == 24 for packet in received[3].packets)
        assert len(decoded("h264", [(frame.timestamp, frame.data) for frame in received])) == 25


def test_a_picture_larger_than_a_datagram_arrives_whole() -> None:
    graph = "testsrc2=s=1280x720:r=25:d=0.4,noise=alls=60:allf=t"
    units = coded(graph, qp="4")
    assert max(len(unit.data) for unit in units) > 200_000
    with Rig() as rig:
        start(rig)
        rig.video(units)
        assert len(h264(rig.of(words.VIDEO_PT))) == len(units)


def test_a_new_size_in_mid_stream_is_told_and_shown() -> None:
    before, after = coded(MOVING), coded("testsrc2=s=1280x720:r=25:d=1")
    with Rig() as rig:
        start(rig)
        rig.video(before)
        rig.video(after, shift_us=3_000_000)
        received = h264(rig.of(words.VIDEO_PT))
        shown = decoded("h264", [(frame.timestamp, frame.data) for frame in received])
        assert [(frame.width, frame.height) for frame in shown] == [(640, 480)] * 75 + [(1280, 720)] * 25
        assert [word.width for word in rig.heard(words.Formats)][-1] == 1280


def test_begins_with_a_keyframe_and_goes_on_at_one_after_a_loss() -> None:
    units = coded(MOVING)
    with Rig() as rig:
        start(rig)
        rig.video(units[10:30])
        assert len(h264(rig.of(words.VIDEO_PT))) == 5
        broken = units[30]
        rig.loop.to(rig.t0_s + broken.dts_us / 1e6)
        rig.pipeline.video(VideoUnit(broken.data[:100], broken.pts_us, None, rig.loop.now_s(), broken=True))
        rig.video(units[31:])
        received = h264(rig.of(words.VIDEO_PT))
        assert len(received) == 5 + 25
        assert received[5].nal_types[:2] == [7, 8]


def test_a_relay_that_does_not_read_costs_whole_frames_up_to_a_keyframe() -> None:
    units = coded(MOVING, b="4M")
    with Rig(buffer_bytes=40_000) as rig:
        start(rig)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rig, "drain", lambda: None)
            rig.video(units[:60])
        rig.drain()
        # What was taken before it was clear that nobody reads arrives whole.
        taken = h264(rig.of(words.VIDEO_PT))
        assert 0 < len(taken) < 20
        rig.video(units[60:])
        assert len(h264(rig.of(words.VIDEO_PT))) == len(taken)
        rig.video(units, shift_us=3_000_000)
        received = h264(rig.of(words.VIDEO_PT))
        assert len(received) == len(taken) + 75
        assert received[len(taken)].nal_types[:2] == [7, 8]


def test_a_keyframe_larger_than_the_socket_waits_for_the_next_read() -> None:
    units = coded("testsrc2=s=1280x720:r=25:d=0.4,noise=alls=60:allf=t", qp="4")
    with Rig(buffer_bytes=70_000) as rig:
        start(rig)
        rig.video(units)
        assert len(h264(rig.of(words.VIDEO_PT))) == len(units)


def test_intra_frames_with_a_recovery_point_are_keyframes() -> None:
    units = coded(MOVING, **{"x264-params": "open-gop=1:bframes=0:keyint=25", "forced-idr": "0"})
    refresh = coded(MOVING, **{"intra-refresh": "1"})
    with Rig() as rig:
        start(rig)
        rig.video(units)
        assert len(h264(rig.of(words.VIDEO_PT))) == 75
    with Rig() as rig:
        start(rig)
        rig.video(refresh[1:])
        assert rig.of(words.VIDEO_PT) == []
        for turn in range(1, 3):
            rig.video(refresh[1:], shift_us=turn * 3_000_000)
        received = h264(rig.of(words.VIDEO_PT))
        assert received
        assert received[0].nal_types[:3] == [7, 8, 6]
