"""The demuxer and bad streams: cut anywhere, with holes, mutated, endless."""

import random
import tracemalloc

import pytest

from conference.sources.worker.ts.demuxer import TsDemuxer
from conference.sources.worker.ts.pes import MAX_PES_BYTES
from tests.fakes.ts_mux import Mux, descriptor, klv, pes, section
from tests.fakes.ts_sink import Remembering, demuxed

VIDEO, AUDIO, DATA = 0x101, 0x102, 0x103
STREAMS = [(VIDEO, 0x1B, b""), (AUDIO, 0x0F, b""), (DATA, 0x06, descriptor(0x05, b"KLVA"))]


def adts(size: int) -> bytes:
    """A frame of 48 kHz stereo."""
    whole = size + 7
    head = bytes([0xFF, 0xF1, 0x4C, 0x80 | whole >> 11, whole >> 3 & 255, (whole & 7) << 5 | 0x1F, 0xFC])
    return head + bytes(at * 7 & 255 for at in range(size))


def picture(number: int, size: int) -> bytes:
    return b"\0\0\0\1\x09\xf0\0\0\1\x41" + bytes([number & 255]) * size


def film(pictures: int = 40) -> bytes:
    """Two sound frames and one KLV packet per picture."""
    mux = Mux()
    out = b""
    for number in range(pictures):
        ticks = 900_000 + number * 3600
        if number % 10 == 0:
            out += mux.tables(STREAMS)
        out += mux.pcr(ticks - 9000)
        out += mux.unit(VIDEO, pes(picture(number, 300 + 37 * number), ticks + 3600, ticks))
        out += mux.unit(AUDIO, pes(adts(100) + adts(50), ticks, stream_id=0xC0, bounded=True))
        out += mux.unit(DATA, pes(klv(bytes([number]) * 40), ticks, stream_id=0xBD, bounded=True))
    return out


def test_the_film_comes_out_whole() -> None:
    sink = demuxed(film())
    assert (len(sink.videos), len(sink.audios), len(sink.datas), sink.missing) == (40, 80, 40, 0)
    assert [unit.data for unit in sink.videos] == [picture(number, 300 + 37 * number) for number in range(40)]
    assert [unit.pts_us for unit in sink.datas] == [10_000_000 + 40_000 * number for number in range(40)]
    assert [frame.pts_us for frame in sink.audios[:3]] == [10_000_000, 10_021_333, 10_040_000]


def test_it_does_not_matter_where_the_bytes_are_cut() -> None:
    data = film()
    whole = demuxed(data).without_arrival()
    dice = random.Random(3)
    assert demuxed(data, 1).without_arrival() == whole
    for _ in range(30):
        sink = Remembering()
        demuxer = TsDemuxer(sink)
        at = 0
        while at < len(data):
            size = dice.choice((1, 3, 187, 188, 189, 1316, 5000))
            demuxer.feed(data[at : at + size], 0.0)
            at += size
        demuxer.close()
        assert sink.without_arrival() == whole


def test_it_finds_the_packets_again() -> None:
    data = film()
    mess = bytes(at * 31 & 255 for at in range(500)).replace(b"\x47", b"\x46")
    clean, dirty = demuxed(data), demuxed(mess[:50] + data[: 188 * 50] + mess + data[188 * 50 :], 700)
    assert dirty.without_arrival() == clean.without_arrival()


@pytest.mark.parametrize("dropped", range(20, 60))
def test_a_lost_packet_breaks_one_unit_and_is_counted(dropped: int) -> None:
    data = film()
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    whole, holed = demuxed(data), demuxed(b"".join(packets[:dropped] + packets[dropped + 1 :]))
    assert holed.missing in {0, 1}, "a table's or a PCR's packet is no loss of media"
    intact = {unit.data for unit in whole.videos}
    for unit in holed.videos:
        assert unit.broken or unit.data in intact
    assert sum(unit.broken for unit in holed.videos) <= holed.missing
    assert len(holed.videos) >= len(whole.videos) - 1
    assert len(holed.audios) >= len(whole.audios) - 2
    assert len(holed.datas) >= len(whole.datas) - 1
    assert {frame.data for frame in holed.audios} <= {frame.data for frame in whole.audios}
    assert {unit.data for unit in holed.datas} <= {unit.data for unit in whole.datas}


def test_a_packet_sent_twice_counts_once() -> None:
    data = film()
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    doubled = b"".join(packet * 2 if packet[3] & 0x10 else packet for packet in packets)
    assert demuxed(doubled).without_arrival() == demuxed(data).without_arrival()


def test_mutated_packets_raise_nothing_and_stay_bounded() -> None:
    """10^5 packets with bits turned, cut short or lengthened."""
    data = film(200)
    packets = [bytearray(data[at : at + 188]) for at in range(0, len(data), 188)]
    dice = random.Random(4)
    sink = Remembering()
    demuxer = TsDemuxer(sink)
    tracemalloc.start()
    for number in range(100_000):
        packet = bytearray(dice.choice(packets))
        for _ in range(dice.randrange(4)):
            packet[dice.randrange(188) if dice.random() < 0.5 else dice.randrange(24)] = dice.randrange(256)
        if dice.random() < 0.02:
            packet = packet[: dice.randrange(188)]
        demuxer.feed(bytes(packet), number / 1000)
        sink.videos.clear()
        sink.audios.clear()
        sink.datas.clear()
        del sink.formats[:-10]
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 20 << 20


def test_an_endless_unit_is_dropped() -> None:
    mux = Mux()
    sink = Remembering()
    demuxer = TsDemuxer(sink)
    demuxer.feed(mux.tables([(VIDEO, 0x1B, b"")]), 0.0)
    demuxer.feed(mux.packet(VIDEO, pes(b"x" * 170, 1), start=True), 0.0)
    for _ in range(MAX_PES_BYTES // 184 + 10):
        demuxer.feed(mux.packet(VIDEO, b"x" * 184), 0.0)
    demuxer.feed(mux.unit(VIDEO, pes(b"next", 3600)), 0.0)
    demuxer.close()
    assert [unit.data for unit in sink.videos] == [b"next"]


def test_scrambled_packets_are_counted_and_not_read() -> None:
    mux = Mux()
    sink = Remembering()
    demuxer = TsDemuxer(sink)
    demuxer.feed(mux.tables(STREAMS), 0.0)
    demuxer.feed(mux.packet(VIDEO, pes(b"x" * 165, 1, 1), start=True, scrambling=2), 0.0)
    demuxer.close()
    assert (demuxer.scrambled, sink.videos, sink.missing) == (1, [], 0)


def test_a_table_with_a_wrong_crc_is_not_believed() -> None:
    good = demuxed(Mux().tables(STREAMS))
    assert len(good.formats) == 1
    for at in range(5 + 1 + 3, 5 + 1 + 12):
        broken = bytearray(Mux().tables(STREAMS))
        broken[at] ^= 4
        assert demuxed(bytes(broken)).formats == []


def test_sections_may_span_packets_and_are_bounded() -> None:
    many = [(0x200 + at, 0x06, descriptor(0x05, b"none")) for at in range(62)]
    sink = demuxed(Mux().tables([*many, (VIDEO, 0x1B, b"")]))
    assert [fmt.codec for fmt in sink.formats] == ["h264"]
    too_many = [(0x200 + at, 0x06, b"") for at in range(70)]
    assert demuxed(Mux().tables([*too_many, (VIDEO, 0x1B, b"")])).formats == []
    mux = Mux()
    long = bytearray(section(2, 1, b"\xe1\x01\xf0\0" + b"\0" * 1000))
    long[1] = 0xBF
    assert demuxed(mux.tables([])[:188] + mux.table(0x100, bytes(long))).formats == []
