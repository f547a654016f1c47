"""The playlist of a live stream (RFC 8216), and the boxes its segments are made of."""

import os

import pytest

from recorder.composed.hls import LISTED, HlsList
from recorder.composed.worker.boxes import BoxWriter, boxes_of, whole_bytes


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def test_a_playlist_lists_the_last_segments_and_the_head_they_need() -> None:
    listed = HlsList()
    assert not listed.ready
    listed.begin(b"head")
    for number in range(LISTED + 3):
        listed.add(b"%d" % number, 1500)
    lines = listed.playlist("?ticket=t").splitlines()
    assert lines[:4] == ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", "#EXT-X-MEDIA-SEQUENCE:3"]
    assert lines.count("#EXTINF:1.500,") == LISTED
    assert lines.count('#EXT-X-MAP:URI="init-1.mp4?ticket=t"') == 1
    assert lines[-1] == "8.m4s?ticket=t"
    assert "#EXT-X-DISCONTINUITY" not in lines
    assert (listed.part("init-1.mp4"), listed.part("8.m4s"), listed.part("2.m4s")) == (b"head", b"8", None)
    assert listed.bytes == LISTED + 3


def test_another_head_is_a_break_that_is_counted_when_it_has_left_the_list() -> None:
    listed = HlsList()
    listed.begin(b"one")
    listed.add(b"a", 1000)
    listed.begin(b"two")
    listed.add(b"b", 1000)
    text = listed.playlist()
    assert text.index("a" if "a" in text else "0.m4s") < text.index("#EXT-X-DISCONTINUITY\n") < text.index("init-2.mp4")
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:0" in text
    for _ in range(LISTED):
        listed.add(b"c", 1000)
    assert "#EXT-X-DISCONTINUITY\n" not in listed.playlist()
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1" in listed.playlist()
    assert (listed.part("init-1.mp4"), listed.part("init-2.mp4")) == (None, b"two")


def test_a_long_segment_raises_the_target() -> None:
    listed = HlsList()
    listed.begin(b"head")
    listed.add(b"a", 4600)
    assert "#EXT-X-TARGETDURATION:5\n" in listed.playlist()


@pytest.mark.parametrize("name", ["", "x", "init-1.m4s", "1.mp4", "../1.m4s", "init-x.mp4", "٣.m4s", "9" * 13 + ".m4s"])
def test_other_names_are_nothing(name: str) -> None:
    listed = HlsList()
    listed.begin(b"head")
    listed.add(b"a", 1000)
    assert listed.part(name) is None


def test_a_segment_needs_a_head() -> None:
    with pytest.raises(ValueError, match="before its head"):
        HlsList().add(b"a", 1000)


def test_boxes_come_whole_however_they_are_written() -> None:
    taken: list[tuple[bytes, bytes]] = []
    writer = BoxWriter(lambda kind, data: taken.append((kind, data)))
    wanted = [box(b"ftyp", b"iso5"), box(b"moov", bytes(100)), box(b"moof"), box(b"mdat", bytes(1000))]
    whole = b"".join(wanted)
    for at in range(0, len(whole), 7):
        assert writer.write(whole[at : at + 7]) == len(whole[at : at + 7])
    assert [data for _, data in taken] == wanted
    assert [kind for kind, _ in taken] == [b"ftyp", b"moov", b"moof", b"mdat"]


@pytest.mark.parametrize("size", [0, 7, 1 << 31])
def test_what_is_no_box_is_an_error(size: int) -> None:
    with pytest.raises(OSError, match="no box"):
        BoxWriter(lambda _kind, _data: None).write(size.to_bytes(4, "big") + b"mdat")


def test_a_cut_file_ends_with_its_last_whole_fragment() -> None:
    fd = os.memfd_create("cut")
    whole = box(b"ftyp") + box(b"moov", bytes(9)) + box(b"moof", bytes(5)) + box(b"mdat", bytes(50))
    try:
        assert whole_bytes(fd) == 0
        os.pwrite(fd, whole + box(b"moof", bytes(5)) + box(b"mdat", bytes(50))[:30], 0)
        assert whole_bytes(fd) == len(whole)
        assert [kind for kind, _, _ in boxes_of(fd)] == [b"ftyp", b"moov", b"moof", b"mdat", b"moof"]
        os.pwrite(fd, bytes(8), 0)
        assert whole_bytes(fd) == 0
    finally:
        os.close(fd)
