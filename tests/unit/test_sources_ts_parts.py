"""Parts of the demuxer: clocks, tables, sound and data formats, against hand-made streams."""

import io
from fractions import Fraction
from itertools import pairwise

import av
import pytest

from conference.sources.worker.ts import klv, opus
from conference.sources.worker.ts.clock import TICKS, ProgramClock
from conference.sources.worker.ts.demuxer import TRACKS_WITHIN_S, TsDemuxer
from conference.sources.worker.ts.frames import Ac3, Adts, MpegAudio
from conference.sources.worker.ts.tables import crc32
from tests.fakes import ts_mux
from tests.fakes.ts_mux import Mux, cell, descriptor, pes
from tests.fakes.ts_sink import Remembering, demuxed

VIDEO, AUDIO, DATA = 0x101, 0x102, 0x103
KLVA = descriptor(0x05, b"KLVA")


def test_stamps_go_on_over_the_wrap() -> None:
    clock = ProgramClock()
    near = TICKS - 9000
    at_us = [clock.stamp((near + step * 3600) % TICKS, 0.0) for step in range(6)]
    assert [b - a for a, b in pairwise(at_us)] == [40_000] * 5
    assert clock.stamp(near + 3600, 0.0) == at_us[1], "a picture shown earlier"


def test_an_unannounced_jump_goes_on_by_the_time_of_arrival() -> None:
    clock = ProgramClock()
    before_us = clock.stamp(900_000_000, 50.0)
    after_us = clock.stamp(1_000, 50.5)
    assert after_us - before_us == 500_000
    assert clock.stamp(1_000 + 90_000, 51.5) == after_us + 1_000_000
    # The other stream's last units of the old base still find their place.
    assert clock.stamp(900_000_000 + 9_000, 51.5) == before_us + 100_000


def test_an_announced_jump_goes_on_however_small() -> None:
    mux = Mux()
    sink = Remembering()
    demuxer = TsDemuxer(sink)
    demuxer.feed(mux.tables([(VIDEO, 0x1B, b"")]), 0.0)
    for step in range(5):
        demuxer.feed(mux.pcr(90_000 + step * 3600) + mux.unit(VIDEO, pes(b"a", 90_000 + step * 3600)), step * 0.04)
    for step in range(5):
        back = mux.pcr(step * 3600, jumps=step == 0) + mux.unit(VIDEO, pes(b"b", step * 3600))
        demuxer.feed(back, 0.2 + step * 0.04)
    demuxer.close()
    times = [unit.pts_us for unit in sink.videos]
    assert times == [1_000_000 + 40_000 * number for number in range(10)]


def test_the_checksum_is_that_of_the_standard() -> None:
    assert crc32(b"123456789") == 0x0376E6E7
    assert ts_mux.crc(b"123456789") == (0x0376E6E7).to_bytes(4, "big")


def adts(samples_blocks: int = 1, size: int = 60) -> bytes:
    whole = size + 7
    head = [0xFF, 0xF1, 0x4C, 0x80 | whole >> 11, whole >> 3 & 255, (whole & 7) << 5 | 0x1F, 0xFC | samples_blocks - 1]
    return bytes(head) + bytes(size)


def test_sound_frames_may_lie_across_units() -> None:
    mux = Mux()
    frames = b"".join(adts() for _ in range(6))
    data = mux.tables([(AUDIO, 0x0F, b"")])
    for number, (begin, end) in enumerate([(0, 100), (100, 250), (250, len(frames))]):
        # The stamp is that of the first frame that begins in the unit: 0, 2, 4.
        data += mux.unit(AUDIO, pes(frames[begin:end], 90_000 + number * 2 * 1920, stream_id=0xC0, bounded=True))
    sink = demuxed(data)
    assert [frame.data for frame in sink.audios] == [adts()] * 6
    assert [frame.pts_us for frame in sink.audios] == [
        1_000_000 + part for part in (0, 21_333, 42_667, 64_000, 85_333, 106_666)
    ]


def test_a_frame_cut_by_loss_is_not_given_out() -> None:
    mux = Mux()
    data = mux.tables([(AUDIO, 0x0F, b"")])
    unit = mux.unit(AUDIO, pes(adts(size=150) * 4, 90_000, stream_id=0xC0, bounded=True))
    data += unit[:188] + unit[376:]
    data += mux.unit(AUDIO, pes(adts(size=150), 180_000, stream_id=0xC0, bounded=True))
    sink = demuxed(data)
    assert [(frame.data, frame.pts_us) for frame in sink.audios] == [
        (adts(size=150), at) for at in (1_000_000, 2_000_000)
    ]
    assert sink.missing == 1


def test_headers_of_sound_frames() -> None:
    header = Adts()(adts(2), 0)
    assert header is not None
    assert (header.size, header.samples, header.clock_hz, header.channels) == (67, 2048, 48_000, 2)
    assert Adts()(b"\xff\xf1\x7c" + bytes(8), 0) is None, "a rate that does not exist"
    # MPEG-1 layer III 128 kbit/s 44.1 kHz with padding; MPEG-2 layer II 64 kbit/s 24 kHz mono; layer I 384 kbit/s.
    for head, expected in [
        ("fffb9264", ("mp3", 418, 1152, 44_100, 2)),
        ("fff584c4", ("mp2", 384, 1152, 24_000, 1)),
        ("ffffc400", ("mp1", 384, 384, 48_000, 2)),
    ]:
        found = MpegAudio()(bytes.fromhex(head), 0)
        assert found is not None
        assert (found.codec, found.size, found.samples, found.clock_hz, found.channels) == expected
    for head in ("fffb0264", "fffbf264", "fffb9e64", "ffe99264", "fff99264"):
        assert MpegAudio()(bytes.fromhex(head), 0) is None


def test_headers_of_ac3_frames() -> None:
    # 384 kbit/s 48 kHz 3/2; 192 kbit/s 44.1 kHz stereo, the longer form; 64 kbit/s 32 kHz mono.
    for head, expected in [
        ("0b7700001c40e1", (1536, 48_000, 5)),
        ("0b770000554040", (836, 44_100, 2)),
        ("0b770000884020", (384, 32_000, 1)),
    ]:
        found = Ac3()(bytes.fromhex(head), 0)
        assert found is not None
        assert (found.size, found.clock_hz, found.channels) == expected
    for head in ("0b7700003c40e1", "0b770000dc40e1", "0b7700002640e1", "0b7700001c80e1", "0b7600001c40e1"):
        assert Ac3()(bytes.fromhex(head), 0) is None


def test_opus_control_headers() -> None:
    silence = b"\xfc\xff\xfe"
    long = b"\xfc" + bytes(299)
    unit = b"\x7f\xe0\x03" + silence + b"\x7f\xf8\xff\x2d" + b"\0\0\0\0" + long
    unit += b"\x7f\xe4\x03" + b"\x02ab" + silence + b"\x7f\xe0\xff"
    assert list(opus.packets(unit)) == [silence, long, silence]
    assert opus.duration_us(b"\xfc") == 20_000
    assert opus.duration_us(b"\x7b\x03") == 60_000
    assert list(opus.packets(b"\x00\x00abc")) == []


def test_opus_channels_come_from_its_descriptor() -> None:
    for code, channels in [(0, 2), (1, 1), (2, 2), (6, 6), (0x82, 0)]:
        told = descriptor(0x05, b"Opus") + descriptor(0x7F, bytes([0x80, code]))
        (fmt,) = demuxed(Mux().tables([(AUDIO, 0x06, told)])).formats
        assert (fmt.codec, fmt.channels) == ("opus", channels)  # type: ignore[union-attr]


def test_asynchronous_klv_keeps_its_times() -> None:
    packets = [ts_mux.klv(bytes([at]) * (20 + 90 * at), long_length=at == 0) for at in range(4)]
    mux = Mux()
    data = mux.tables([(VIDEO, 0x1B, b""), (DATA, 0x06, KLVA)])
    data += mux.unit(DATA, pes(packets[0] + packets[1], 90_000, stream_id=0xBD, bounded=True))
    data += mux.unit(DATA, pes(packets[2], 180_000, stream_id=0xBD, bounded=True))
    data += mux.unit(DATA, pes(packets[3], stream_id=0xBD, bounded=True))
    sink = demuxed(data)
    assert [(unit.data, unit.pts_us) for unit in sink.datas] == list(
        zip(packets, (1_000_000, 1_000_000, 2_000_000, 2_000_000), strict=True)
    )


def test_synchronous_klv_is_taken_out_of_its_cells() -> None:
    packets = [ts_mux.klv(bytes([at]) * 200) for at in range(3)]
    metadata = descriptor(0x26, b"\x01\x00\xffKLVA\x00\x0f")
    for descriptors in (metadata, KLVA):
        mux = Mux()
        data = mux.tables([(VIDEO, 0x1B, b""), (DATA, 0x15, descriptors)])
        whole = cell(packets[0]) + cell(packets[1][:100], 2)
        data += mux.unit(DATA, pes(whole, 90_000, stream_id=0xFC, bounded=True))
        rest = cell(packets[1][100:120], 0) + cell(packets[1][120:], 1) + cell(packets[2])
        data += mux.unit(DATA, pes(rest, 180_000, stream_id=0xFC, bounded=True))
        assert [unit.data for unit in demuxed(data).datas] == packets


def test_libav_sees_the_same_klv() -> None:
    """That the hand-made stream is what others call KLV."""
    packets = [ts_mux.klv(bytes([at]) * 50) for at in range(3)]
    mux = Mux()
    data = b""
    for at, packet in enumerate(packets):
        data += mux.tables([(VIDEO, 0x1B, b""), (DATA, 0x06, KLVA)]) + mux.pcr(90_000 * at)
        data += mux.unit(DATA, pes(packet, 90_000 * (at + 1), stream_id=0xBD, bounded=True))
    with av.open(io.BytesIO(data * 1), format="mpegts", options={"probesize": "4096"}) as container:
        (stream,) = container.streams.data
        found = [(bytes(p), Fraction(p.pts or 0, 90_000)) for p in container.demux(stream) if p.size]
    assert found == [(unit.data, Fraction(unit.pts_us, 1_000_000)) for unit in demuxed(data).datas]


def test_klv_that_lies_about_its_length() -> None:
    good = ts_mux.klv(b"x" * 10)
    assert list(klv.split(good + good[:-1])) == [good]
    assert list(klv.split(ts_mux.UNIVERSAL_KEY + b"\xff")) == []
    assert list(klv.split(ts_mux.UNIVERSAL_KEY + b"\x83\x01\x00\x01" + bytes(65_537))) == []
    assert list(klv.split(b"something else")) == []


def test_several_pictures_in_one_unit_are_told_apart() -> None:
    delimiter = b"\0\0\0\1\x09\xf0"
    pictures = [delimiter + b"\0\0\1\x41" + bytes([at + 1]) * 50 for at in range(3)]
    mux = Mux()
    data = mux.tables([(VIDEO, 0x1B, b"")])
    data += mux.unit(VIDEO, pes(pictures[0], 90_000))
    data += mux.unit(VIDEO, pes(b"".join(pictures), 93_600))
    sink = demuxed(data)
    assert [unit.data for unit in sink.videos] == [pictures[0], *pictures]
    assert [unit.pts_us for unit in sink.videos] == [1_000_000 + 40_000 * at for at in range(4)]


def test_a_picture_without_a_stamp_follows_the_last_one() -> None:
    mux = Mux()
    data = mux.tables([(VIDEO, 0x1B, b"")]) + mux.unit(VIDEO, pes(b"no time yet"))
    data += mux.unit(VIDEO, pes(b"a", 90_000)) + mux.unit(VIDEO, pes(b"b", 91_800)) + mux.unit(VIDEO, pes(b"c"))
    assert [(unit.data, unit.pts_us) for unit in demuxed(data).videos] == [
        (b"a", 1_000_000),
        (b"b", 1_020_000),
        (b"c", 1_040_000),
    ]


def test_a_multiplexer_that_stuffs_inside_units_is_not_trusted() -> None:
    mux = Mux()
    data = mux.tables([(VIDEO, 0x1B, b"")])
    units = [bytes([at + 1]) * 500 for at in range(40)]
    for at, unit in enumerate(units):
        head = pes(unit[:100], at * 3600)
        if at < 20:
            data += mux.unit(VIDEO, pes(unit, at * 3600))
        else:
            data += mux.packet(VIDEO, head, start=True) + mux.packet(VIDEO, unit[100:200])
            data += b"".join(mux.packet(VIDEO, unit[cut : cut + 150]) for cut in (200, 350))
    sink = demuxed(data)
    # The first one is cut short, which ends the trust; all others are whole.
    assert [unit.data for unit in sink.videos] == [*units[:20], units[20][:100], *units[21:]]


def test_the_map_may_change() -> None:
    mux = Mux()
    data = mux.tables([(VIDEO, 0x1B, b""), (AUDIO, 0x0F, b"")])
    data += mux.unit(VIDEO, pes(b"one", 0)) + mux.unit(AUDIO, pes(adts(), 0, stream_id=0xC0, bounded=True))
    data += mux.tables([(VIDEO, 0x24, b""), (AUDIO, 0x0F, b"")], version=1)
    data += mux.unit(VIDEO, pes(b"two", 3600)) + mux.unit(AUDIO, pes(adts(), 1920, stream_id=0xC0, bounded=True))
    sink = demuxed(data)
    assert [fmt.codec for fmt in sink.formats] == ["h264", "aac", "h265"]
    assert [unit.data for unit in sink.videos] == [b"one", b"two"]
    assert (len(sink.audios), sink.known) == (2, 1)


def test_the_first_picture_and_a_sound_that_can_be_read_are_chosen() -> None:
    streams = [(0x110, 0x87, b""), (0x111, 0x11, b""), (AUDIO, 0x0F, b""), (VIDEO, 0x24, b""), (0x112, 0x1B, b"")]
    mux = Mux()
    data = mux.tables(streams) + mux.unit(AUDIO, pes(adts(), 0, stream_id=0xC0, bounded=True))
    assert [fmt.codec for fmt in demuxed(data).formats] == ["h265", "aac"]
    assert [fmt.codec for fmt in demuxed(Mux().tables(streams[:2])).formats] == ["eac3"]
    assert [fmt.codec for fmt in demuxed(Mux().tables(streams[1:2])).formats] == ["aac-latm"]


@pytest.mark.parametrize("late", [False, True])
def test_a_sound_that_never_comes_is_not_waited_for(late: bool) -> None:
    mux = Mux()
    sink = Remembering()
    demuxer = TsDemuxer(sink)
    demuxer.feed(mux.tables([(VIDEO, 0x1B, b""), (AUDIO, 0x0F, b"")]), 7.0)
    demuxer.feed(mux.unit(VIDEO, pes(b"a", 0)), 7.0 + (TRACKS_WITHIN_S if late else TRACKS_WITHIN_S - 0.1))
    assert sink.known == late
    assert demuxer.has_tracks
