"""Sound and picture keep their distance; RTP time only grows; jumps of a source's time line do no harm."""

import itertools

import numpy as np
import pytest

from conference.sources import words
from conference.sources.worker.media.clock import MediaClock, SampleClock
from conference.sources.worker.media.units import AudioFormat, VideoFormat
from tests.fakes.source_made import Unit, coded, decoded, sound
from tests.fakes.source_media import Rig, SenderReport
from tests.fakes.source_received import h264

FLASH = "color=black:s=320x240:r=25:d=6,geq=lum='if(lt(mod(T\\,1)\\,0.039)\\,235\\,16)':cb=128:cr=128"
BEEP = "aevalsrc='0.9*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.04)':s=48000:d=6"


def wall_s(report: SenderReport, timestamp: int, clock_hz: int) -> float:
    """RFC 3550 section 6.4.1: what a receiver computes for lip sync."""
    step = (timestamp - report.timestamp + (1 << 31)) % (1 << 32) - (1 << 31)
    return report.ntp_s + step / clock_hz


def report_of(rig: Rig, ssrc: int) -> SenderReport:
    return [report for report in rig.reports if report.ssrc == ssrc][-1]


def flashes_s(rig: Rig) -> list[float]:
    packets = rig.of(words.VIDEO_PT)
    received = h264(packets)
    report = report_of(rig, packets[0].ssrc)
    shown = decoded("h264", [(frame.timestamp, frame.data) for frame in received])
    bright = [frame.reformat(16, 16, "gray").to_ndarray().mean() > 120 for frame in shown]
    return [wall_s(report, frame.pts or 0, 90_000) for frame, lit in zip(shown, bright, strict=True) if lit]


def beeps_s(rig: Rig) -> list[float]:
    import av

    packets = rig.of(111)
    report = report_of(rig, packets[0].ssrc)
    context = av.CodecContext.create("opus", "r")
    context.sample_rate, context.layout = 48000, "mono"
    found: list[float] = []
    # The decoder takes libopus's lookahead off by itself only when a header tells it; RTP receivers do not.
    for packet in packets:
        for frame in context.decode(av.Packet(packet.payload)):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0].astype(float)) > 0.3)
            at = wall_s(report, packet.timestamp, 48_000)
            if len(loud) and (not found or at - found[-1] > 0.5):
                found.append(at + loud[0] / 48_000)
    return found


@pytest.mark.parametrize("b_frames", ["0", "2"], ids=["passed through", "re-encoded"])
def test_flash_and_beep_stay_together(b_frames: str) -> None:
    video = coded(FLASH, bf=b_frames, preset="veryfast", **{"x264-params": "scenecut=0"})
    late = min(unit.pts_us for unit in video)
    audio, extradata = sound(BEEP, "aac")
    # The encoder's priming: its first frame is this much before the sound it was given.
    audio = [Unit(unit.data, unit.pts_us + late, unit.dts_us) for unit in audio]
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        rig.pipeline.audio_format(AudioFormat("aac", 48000, 1, extradata))
        rig.need(video=True, audio=True)
        v, a = list(video), list(audio)
        while v or a:
            if v and (not a or v[0].dts_us <= a[0].pts_us):
                rig.video([v.pop(0)])
            else:
                rig.audio([a.pop(0)])
        flashes, beeps = flashes_s(rig), beeps_s(rig)
        assert len(flashes) >= 4
        offsets = [min((beep - flash for beep in beeps), key=abs) for flash in flashes[1:-1]]
        assert max(abs(offset) for offset in offsets) < 0.010


def test_reports_come_at_once_each_second_and_for_every_stream_alike() -> None:
    units = coded("testsrc2=s=320x240:r=25:d=4")
    audio, _ = sound("sine=duration=4:sample_rate=48000", "libopus")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        rig.pipeline.audio_format(AudioFormat("opus", 48000, 1))
        rig.video(units[:1])
        (first,) = rig.reports
        assert abs(first.ntp_s - (rig.loop.now_s() + 1e9)) < 1e-4
        assert first.timestamp == rig.of(words.VIDEO_PT)[0].timestamp
        rig.audio(audio[:1])
        assert {report.ssrc for report in rig.reports} == {packet.ssrc for packet in rig.packets}
        rig.video(units[1:])
        by_stream = {ssrc: [r.ntp_s for r in rig.reports if r.ssrc == ssrc] for ssrc in {r.ssrc for r in rig.reports}}
        assert all(0.9 < b - a < 1.1 for times in by_stream.values() for a, b in itertools.pairwise(times[2:]))
        assert all(len(times) >= 4 for times in by_stream.values())


@pytest.mark.parametrize("jump_us", [-3_600_000_000, -1_500_000, 5_000_000, 90_000_000_000])
def test_a_jump_of_the_time_line_is_not_seen(jump_us: int) -> None:
    clock = MediaClock()
    out: dict[str, list[int]] = {"video": [], "audio": []}
    for step in range(200):
        for track, delay in (("video", 0), ("audio", 15_000)):
            # The sound's new time line comes a little later than the picture's.
            jumped = step >= 100 if track == "video" else step >= 103
            pts = 10_000_000 + step * 40_000 + (jump_us if jumped else 0)
            out[track].append(clock.media_us(track, pts, 1_000_000_000 + step * 40_000 + delay))
    assert clock.discontinuity
    for track in out.values():
        assert all(39_000 <= b - a <= 56_000 for a, b in itertools.pairwise(track))
    # Both tracks jump by one offset: they are as far apart as before.
    assert out["video"][-1] - out["audio"][-1] == out["video"][50] - out["audio"][50]


def test_a_late_burst_and_a_gap_are_no_jumps() -> None:
    clock = MediaClock()
    pts = [step * 40_000 for step in range(300)]
    arrived = [5_000_000 + (max(at, 8_000_000) if 4_000_000 <= at < 8_000_000 else at) for at in pts]
    media = [clock.media_us("video", at, when) for at, when in zip(pts, arrived, strict=True)]
    assert {b - a for a, b in itertools.pairwise(media)} == {40_000}
    gap = clock.media_us("video", pts[-1] + 30_000_000, arrived[-1] + 30_000_000)
    assert gap - media[-1] == 30_000_000
    assert clock.jumps == 0


@pytest.mark.parametrize("ppm", [-300, 300])
def test_the_map_follows_a_clock_that_drifts(ppm: int) -> None:
    clock = MediaClock()
    worst = 0
    for step in range(25 * 600):
        real = step * 40_000
        media = clock.media_us("video", real + real * ppm // 1_000_000, 7_000_000 + real)
        if step > 500:
            worst = max(worst, abs(clock.now_us(7_000_000 + real) - media))
    assert worst < 15_000


def test_a_source_that_pauses_moves_the_map_by_a_step() -> None:
    clock = MediaClock()
    for step in range(1000):
        clock.media_us("video", step * 40_000, step * 40_000 + (5_000_000 if step >= 250 else 0))
    assert clock.now_us(45_000_000) == 40_000_000


def test_counting_samples_bridges_jitter_but_not_holes() -> None:
    line = SampleClock(8000)
    assert line.take(1_000_000, 160) == (1_000_000, False)
    assert line.take(1_035_000, 160) == (1_020_000, False)
    assert line.take(1_010_000, 160) == (1_040_000, False)
    assert line.take(1_000_000, 160) is None
    assert line.take(2_000_000, 160) == (2_000_000, True)
    assert line.take(2_020_000, 160) == (2_020_000, False)
