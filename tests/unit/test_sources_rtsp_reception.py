"""RTP reception without sockets: order, loss, time, and how payloads become units."""

from __future__ import annotations

import tracemalloc

import pytest

from conference.sources.worker.rtsp import rtcp
from conference.sources.worker.rtsp.payload import Depacketiser
from conference.sources.worker.rtsp.payload.aac import AuHeaders, Latm, Mpeg4Generic, latm_config, made_config
from conference.sources.worker.rtsp.payload.h264 import H264
from conference.sources.worker.rtsp.payload.h265 import H265
from conference.sources.worker.rtsp.payload.plain import Marked, Plain
from conference.sources.worker.rtsp.receiver import Receiver
from conference.sources.worker.rtsp.timeline import TrackClock, WallClock
from tests.fakes.rtsp_camera import rtp, sender_report

START = b"\x00\x00\x00\x01"


class Taken:
    """A Depacketiser that writes down."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def push(self, data: bytes, start: int, end: int, timestamp: int, marker: bool) -> None:
        self.heard.append(data[start:end].decode())

    def gap(self) -> None:
        self.heard.append("gap")

    def reset(self) -> None:
        self.heard.append("reset")


def receiver(*, reorder: bool = True) -> tuple[Receiver, Taken, list[int]]:
    taken, lost = Taken(), []
    return Receiver(96, taken, TrackClock(90_000, WallClock(), 0.0), lost.append, reorder=reorder), taken, lost


def feed(made: Receiver, *numbers: int, ssrc: int = 1, at_s: float = 1.0) -> None:
    for number in numbers:
        packet = rtp(number, number * 3600, str(number).encode(), ssrc=ssrc)
        made.packet(packet, 0, len(packet), at_s)


# ---- order and loss -------------------------------------------------------------------------------------------------


def test_overtaken_packets_are_put_in_order_across_the_wrap() -> None:
    made, taken, lost = receiver()
    feed(made, 65534, 0, 65535, 2, 1, 3)
    assert taken.heard == ["65534", "65535", "0", "1", "2", "3"]
    assert lost == []


def test_a_missing_packet_is_waited_for_50_ms() -> None:
    made, taken, lost = receiver()
    feed(made, 1, 3, 4)
    made.tick(1.04)
    assert taken.heard == ["1"]
    made.tick(1.06)
    assert taken.heard == ["1", "gap", "3", "4"]
    assert lost == [1]
    feed(made, 2, 5)
    assert taken.heard[-1:] == ["5"]


def test_32_packets_wait_at_most() -> None:
    made, taken, lost = receiver()
    feed(made, 1, *range(3, 35))
    assert taken.heard == ["1", "gap", *map(str, range(3, 35))]
    assert lost == [1]


def test_inside_tcp_nothing_is_waited_for() -> None:
    made, taken, lost = receiver(reorder=False)
    feed(made, 1, 5, 4, 6)
    assert taken.heard == ["1", "gap", "5", "6"]
    assert lost == [3]


def test_duplicates_are_dropped() -> None:
    made, taken, _ = receiver()
    feed(made, 1, 1, 2, 1, 3, 2)
    assert taken.heard == ["1", "2", "3"]


def test_one_stray_packet_of_another_source_changes_nothing() -> None:
    made, taken, _ = receiver()
    feed(made, 1)
    feed(made, 500, ssrc=2)
    feed(made, 2)
    assert taken.heard == ["1", "2"]


def test_two_packets_of_another_source_are_a_new_stream_without_loss() -> None:
    made, taken, lost = receiver()
    feed(made, 1)
    feed(made, 500, 501, ssrc=2)
    assert taken.heard == ["1", "reset", "500", "501"]
    assert lost == []


def test_a_jump_of_the_numbers_is_a_new_stream() -> None:
    made, taken, _ = receiver()
    feed(made, 1, 30_000, 30_001)
    assert taken.heard == ["1", "reset", "30000", "30001"]


def test_what_was_announced_is_waited_for_at_the_start() -> None:
    made, taken, _ = receiver()
    made.expect(10)
    feed(made, 12, 11, 10)
    assert taken.heard == ["10", "11", "12"]


def test_an_announcement_far_off_is_ignored() -> None:
    made, taken, _ = receiver()
    made.expect(0)
    feed(made, 500)
    assert taken.heard == ["500"]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        rtp(1, 0, b""),
        rtp(1, 0, b"x", pt=97),
        b"\x40" + rtp(1, 0, b"x")[1:],
        b"\xbf" + rtp(1, 0, b"x")[1:],
        b"\xa0" + rtp(1, 0, b"\x00")[1:],
        b"\xa0" + rtp(1, 0, b"\xff")[1:],
        b"\x90" + rtp(1, 0, b"\x00\x00\xff\xff")[1:],
    ],
)
def test_what_is_no_packet_of_the_track_is_dropped(packet: bytes) -> None:
    made, taken, _ = receiver()
    made.packet(packet, 0, len(packet), 1.0)
    assert taken.heard == []


def test_extension_csrc_and_padding_are_taken_off() -> None:
    made, taken, _ = receiver()
    body = b"CSRC" + b"\xbe\xde\x00\x01ABCD" + b"payload" + b"\x00\x00\x03"
    packet = b"\xb1" + rtp(7, 0, body)[1:]
    made.packet(b"??" + packet + b"??", 2, 2 + len(packet), 1.0)
    assert taken.heard == ["payload"]


def test_a_receiver_report_tells_what_came() -> None:
    made, _, _ = receiver(reorder=False)
    feed(made, *range(65530, 65536), 2, 3)
    report = sender_report(1, 1000.5, 0)
    made.control(report, 0, len(report), 2.0)
    block = made.report(0xAABBCCDD, 2.5)
    assert block is not None
    assert block[:2] == b"\x81\xc9"
    assert block[4:12] == b"\xaa\xbb\xcc\xdd\x00\x00\x00\x01"
    assert block[12] == 2 * 256 // 10
    assert int.from_bytes(block[13:16], "big") == 2
    assert int.from_bytes(block[16:20], "big") == 0x1_0003
    assert int.from_bytes(block[24:28], "big") == ((1000 + 2_208_988_800) & 0xFFFF) << 16 | 0x8000
    assert int.from_bytes(block[28:32], "big") == 32768


def test_sender_reports_are_read_from_compounds() -> None:
    data = b"\x81\xc9\x00\x01\x00\x00\x00\x09" + sender_report(5, 12.25, 77) + b"\x80\xc8\x00\x06"
    assert [(r.ssrc, r.ntp_us, r.timestamp) for r in rtcp.sender_reports(data, 0, len(data))] == [(5, 12_250_000, 77)]


# ---- time -----------------------------------------------------------------------------------------------------------


def test_timestamps_wrap_and_step_back() -> None:
    clock = TrackClock(90_000, WallClock(), 10.0)
    first = clock.at((1 << 32) - 3600, 10.0)
    assert [clock.at(0, 10.04) - first, clock.at(7200, 10.08) - first, clock.at(3600, 10.12) - first] == [
        40_000,
        120_000,
        80_000,
    ]


def test_announced_starts_are_the_same_moment() -> None:
    wall = WallClock()
    picture, sound = TrackClock(90_000, wall, 5.0), TrackClock(8000, wall, 5.0)
    picture.announce(1000)
    sound.announce(9)
    assert (picture.at(1000 + 9000, 5.31), sound.at(9 + 800, 5.02)) == (100_000, 100_000)


def test_an_announcement_may_come_after_the_first_packet() -> None:
    clock = TrackClock(90_000, WallClock(), 5.0)
    clock.at(9000, 5.25)
    clock.announce(0)
    assert clock.at(18_000, 5.35) == 200_000


def test_an_impossible_announcement_is_ignored() -> None:
    clock = TrackClock(90_000, WallClock(), 5.0)
    clock.announce(0)
    assert clock.at(90_000 * 100, 5.25) == 250_000


def reported(wall: WallClock, *, late_s: float, ntp_off_s: float = 0.0) -> tuple[TrackClock, TrackClock]:
    """A picture and a sound of the same moment, the sound arriving later; both have reported."""
    picture, sound = TrackClock(90_000, wall, 0.0), TrackClock(8000, wall, 0.0)
    picture.at(0, 0.0)
    sound.at(0, late_s)
    picture.report(1_000_000_000, 0)
    sound.report(1_000_000_000 + round(ntp_off_s * 1e6), 0)
    return picture, sound


def test_the_first_report_brings_tracks_together() -> None:
    picture, sound = reported(WallClock(), late_s=0.6)
    assert picture.at(9000, 0.1) == sound.at(800, 0.7) == 100_000


def test_later_reports_pull_gently() -> None:
    _, sound = reported(WallClock(), late_s=0.0)
    sound.report(1_000_100_000 - 50_000, 800)
    assert sound.at(800, 0.1) == 95_000


def test_a_clock_of_its_own_is_ignored() -> None:
    _, sound = reported(WallClock(), late_s=0.0, ntp_off_s=3600)
    assert sound.at(800, 0.1) == 100_000
    sound.report(1_000_000_000 + 3_600_200_000, 1600)
    assert sound.at(1600, 0.2) == 200_000


def test_a_clock_that_is_set_takes_both_tracks_along() -> None:
    picture, sound = reported(WallClock(), late_s=0.0)
    picture.report(9_000_000_000, 9000)
    sound.report(9_000_000_000, 800)
    picture.report(9_000_100_000, 18_000)
    assert abs(picture.at(18_000, 0.2) - sound.at(1600, 0.2)) <= 5_000


def test_a_new_stream_goes_on_where_the_line_stands() -> None:
    clock = TrackClock(90_000, WallClock(), 0.0)
    clock.at(0, 0.0)
    clock.restart()
    assert clock.at(123_456, 0.5) == 500_000
    assert clock.at(123_456 + 9000, 0.5) == 600_000
    assert clock.at(5, 0.75) == 850_000  # a jump of the timestamps


# ---- payloads -------------------------------------------------------------------------------------------------------

Emitted = list[tuple[bytes, int, bool]]


def push(made: Depacketiser, *payloads: bytes, timestamp: int = 0, marker: bool = True) -> None:
    for number, payload in enumerate(payloads):
        made.push(b"x" + payload + b"y", 1, 1 + len(payload), timestamp, marker and number == len(payloads) - 1)


def h264() -> tuple[H264, Emitted]:
    found: Emitted = []
    return H264(lambda *unit: found.append(unit)), found


IDR, SPS, PPS, P = b"\x65\x80idr", b"\x67sps", b"\x68pps", b"\x41\x80p"


def test_h264_packets_become_access_units() -> None:
    made, found = h264()
    push(made, b"\x18\x00\x04" + SPS + b"\x00\x04" + PPS, b"\x7c\x85\x80i", b"\x7c\x05d", b"\x7c\x45r")
    push(made, b"\x19\x00\x09\x00\x03" + P, timestamp=3600)
    push(made, b"\x1a\x00\x01\x00\x03\x00\x00\x00" + P, timestamp=7200)
    push(made, b"\x7d\x81\x00\x01\x80p", b"\x7c\x41q", timestamp=10_800)
    assert found == [
        (START + SPS + START + PPS + START + b"\x65\x80idr", 0, False),
        (START + P, 3600, False),
        (START + P, 7200, False),
        (START + b"\x61\x80pq", 10_800, False),
    ]


def test_parameter_sets_with_their_own_marker_stay_with_their_picture() -> None:
    made, found = h264()
    push(made, SPS, timestamp=0)
    push(made, PPS, timestamp=0)
    push(made, IDR, timestamp=3600)
    assert found == [(START + SPS + START + PPS + START + IDR, 3600, False)]


def test_a_lost_fragment_breaks_its_picture_only() -> None:
    made, found = h264()
    push(made, SPS, b"\x7c\x85\x80i", marker=False)
    made.gap()
    push(made, b"\x7c\x45r", marker=True)
    push(made, P, timestamp=3600)
    push(made, b"\x7c\x45r", timestamp=7200)
    made.gap()
    push(made, b"\x7c\x45r", timestamp=10_800)
    push(made, IDR, timestamp=14_400)
    assert [(timestamp, broken) for _, timestamp, broken in found] == [(3600, False), (14_400, False)]


def test_a_lost_first_slice_breaks_the_picture() -> None:
    made, found = h264()
    push(made, P)
    made.gap()
    push(made, b"\x41\x40p", timestamp=3600)
    push(made, P, timestamp=7200)
    assert [broken for _, _, broken in found] == [False, True, False]


def test_an_endless_picture_is_bounded() -> None:
    made, found = h264()
    for _ in range(200):
        push(made, IDR + bytes(60_000), marker=False)
    push(made, P)
    assert len(found) == 1
    assert len(found[0][0]) <= 8 << 20
    assert found[0][2]


def test_an_endless_fragment_is_bounded() -> None:
    made, found = h264()
    tracemalloc.start()
    push(made, b"\x7c\x85\x80" + bytes(60_000), marker=False)
    for _ in range(400):
        push(made, b"\x7c\x05" + bytes(60_000), marker=False)
    push(made, P)
    most_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(data, broken) for data, _, broken in found] == [(START + P, True)]
    assert most_bytes < 10 << 20


def test_h265_packets_become_access_units() -> None:
    found: Emitted = []
    made = H265(lambda *unit: found.append(unit))
    vps, slice_ = b"\x40\x01v", b"\x26\x01\x80s"
    push(made, b"\x60\x01\x00\x03" + vps + b"\x00\x04" + slice_, b"\x62\x01\x81\x00t", b"\x62\x01\x41u")
    assert found == [(START + vps + START + slice_ + START + b"\x02\x01\x00tu", 0, False)]


def test_h265_decoding_orders_are_skipped() -> None:
    found: Emitted = []
    made = H265(lambda *unit: found.append(unit), orders=True)
    nal = b"\x26\x01\x80s"
    push(made, b"\x26\x01\x00\x09\x80s", timestamp=1)
    push(made, b"\x60\x01\x00\x09\x00\x04" + nal + b"\x00\x00\x04" + nal, timestamp=2)
    push(made, b"\x62\x01\x93\x00\x09\x80", b"\x62\x01\x53s", timestamp=3)
    assert found == [(START + nal, 1, False), (START + nal + START + nal, 2, False), (START + nal, 3, False)]


def aac() -> tuple[Mpeg4Generic, Emitted]:
    found: Emitted = []
    return Mpeg4Generic(lambda *unit: found.append(unit), AuHeaders(13, 3, 3)), found


def test_aac_frames_are_cut() -> None:
    made, found = aac()
    push(made, b"\x00\x20\x00\x18\x00\x10" + b"abc" + b"de", timestamp=(1 << 32) - 24)
    push(made, b"\x00\x10\x00\x28ab", timestamp=5, marker=False)
    push(made, b"\x00\x10\x00\x28cde", timestamp=5)
    assert found == [(b"abc", (1 << 32) - 24, False), (b"de", 1000, False), (b"abcde", 5, False)]


def test_a_fragment_lost_drops_the_frame() -> None:
    made, found = aac()
    push(made, b"\x00\x10\x00\x28ab", timestamp=5, marker=False)
    made.gap()
    push(made, b"\x00\x10\x00\x28cde", timestamp=5)
    assert found == []


def test_an_adts_header_is_taken_off() -> None:
    made, found = aac()
    push(made, b"\x00\x10\x00\x60" + b"\xff\xf1\x60\x40\x01\x9f\xfc" + b"frame")
    assert found == [(b"frame", 0, False)]


def test_latm_frames_are_cut() -> None:
    found: Emitted = []
    made = Latm(lambda *unit: found.append(unit))
    push(made, b"\xff\x02" + b"a" * 200, b"b" * 57, timestamp=9)
    assert found == [(b"a" * 200 + b"b" * 57, 9, False)]
    assert latm_config(bytes.fromhex("400026203fc0")) == b"\x13\x10"
    assert latm_config(b"\xff" * 6) == b""
    assert (made_config(16_000, 1), made_config(44_056, 1)) == (b"\x14\x08", b"")


def test_plain_and_marked_payloads() -> None:
    found: Emitted = []
    push(Plain(lambda *unit: found.append(unit), skip_bytes=4), b"\x00\x00\x00\x00mp3", b"\x00\x00\x00")
    marked = Marked(lambda *unit: found.append(unit))
    push(marked, b"a", b"b", timestamp=1)
    push(marked, b"c", timestamp=2, marker=False)
    push(marked, b"d", timestamp=3)
    assert found == [(b"mp3", 0, False), (b"ab", 1, False), (b"c", 2, False), (b"d", 3, False)]
