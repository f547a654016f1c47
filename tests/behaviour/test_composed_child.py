"""A composer child in its sandbox: what leaves by each output is decoded by ffmpeg, whose counters must run."""

import itertools
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from conference.layout import Rect, Size
from conference.sources.words import AUDIO_PT, VIDEO_PT
from conference.sources.worker.media.rtp import split
from recorder.composed import words
from tests.fakes import film_seen
from tests.fakes.composed_child import Camera, ChildComposer, Publishers, camera

pytestmark = pytest.mark.timeout(120)

SIZE = Size(640, 360)
CELLS = (Rect(0, 0, 320, 180), Rect(320, 0, 320, 180), Rect(0, 180, 320, 180), Rect(320, 180, 320, 180))


def start(**changed: object) -> words.Start:
    begun_ms = time.time_ns() // 1_000_000
    settings: dict[str, object] = {"labels": False, "clock": False, "fps": 30, **changed}
    return words.Start(width=SIZE.width, height=SIZE.height, begun_ms=begun_ms, **settings)  # type: ignore[arg-type]


def place(track: int, cell: Rect, **more: object) -> words.Place:
    return words.Place(track, cell.x, cell.y, cell.width, cell.height, **more)  # type: ignore[arg-type]


def runs(counters: list[int | None], *, at_least: int) -> None:
    """They grow, as the picture's own do."""
    seen = [counter for counter in counters if counter is not None]
    assert len(set(seen)) >= at_least
    assert all(after >= before for before, after in itertools.pairwise(seen))


def test_four_codecs_side_by_side_in_a_film_with_the_voices_heard(tmp_path: Path) -> None:
    cameras = [camera(n + 1, codec, first=200 * n) for n, codec in enumerate(("vp8", "vp9", "h264", "av1"))]
    with ChildComposer(start()) as child:
        publishers = Publishers(child, cameras, {11: 500.0, 12: 1300.0})
        child.add_film(1, tmp_path / "scratch.mp4", tmp_path / "film.mp4")
        publishers.program([place(n + 1, cell) for n, cell in enumerate(CELLS)])
        publishers.run(4.0)
        child.stop()
        (ended,) = child.of(words.SinkEnded)
    assert (ended.reason, ended.bytes) == ("finished", (tmp_path / "film.mp4").stat().st_size)
    seen = list(film_seen.pictures(tmp_path / "film.mp4", SIZE))
    assert 3.0 < seen[-1].at_s < 5.5
    for number, cell in enumerate(CELLS):
        counters = [picture.counter(cell) for picture in seen]
        runs(counters, at_least=45)
        assert all(200 * number <= counter < 200 * number + 150 for counter in counters if counter is not None)
    sound = film_seen.sound(tmp_path / "film.mp4")
    assert film_seen.tone_level(sound, 500.0, 2.5) > 0.1
    assert film_seen.tone_level(sound, 1300.0, 2.5) > 0.1
    assert film_seen.tone_level(sound, 900.0, 2.5) < 0.02


def test_panes_without_a_picture_say_what_they_are(tmp_path: Path) -> None:
    with ChildComposer(start(fps=15)) as child:
        publishers = Publishers(child, [camera(1, "vp8")], {})
        child.add_film(1, tmp_path / "scratch.mp4", tmp_path / "film.mp4")
        says = (
            {"text": "一号门\n二号门"},
            {"says": "clock", "at_s": 1_790_000_000},
            {"says": "web", "text": "map.org"},
        )
        cards = [place(0, cell, **more) for cell, more in zip(CELLS[1:], says, strict=True)]
        publishers.program([place(1, CELLS[0]), *cards])
        publishers.run(2.0)
        child.stop()
    *_, last = film_seen.pictures(tmp_path / "film.mp4", SIZE)
    shown = [last.grey[cell.y : cell.bottom, cell.x : cell.right] for cell in CELLS[1:]]
    rows = [(each > 110).any(axis=1) for each in shown]
    lines = [int((each[1:] & ~each[:-1]).sum()) for each in rows]
    assert lines[0] >= 2, "two lines"
    assert lines[1] >= 2, "time and day"
    assert lines[2] >= 3, "globe, host, where it is to be seen"


def test_hls_segments_play_one_after_the_other(tmp_path: Path) -> None:
    with ChildComposer(start(fps=15)) as child:
        publishers = Publishers(child, [camera(1, "h264")], {11: 500.0})
        child.add_hls(1)
        publishers.program([place(1, Rect(0, 0, 640, 360))])
        publishers.run(5.0)
        segments = child.segments[1]
        child.stop()
    assert [told.number for told, _ in segments] == list(range(len(segments)))
    assert 2 <= len(segments) <= 5
    assert all(1000 <= told.duration_ms < 2500 for told, _ in segments)
    file = tmp_path / "hls.mp4"
    file.write_bytes(child.head[1] + b"".join(data for _, data in segments))
    seen = list(film_seen.pictures(file, SIZE))
    runs([picture.counter(Rect(0, 0, 640, 360)) for picture in seen], at_least=25)
    # Each segment alone, behind the head, begins with a keyframe.
    for _, data in segments:
        file.write_bytes(child.head[1] + data)
        assert len(list(film_seen.pictures(file, SIZE))) > 10


def test_a_camera_that_stops_is_covered_and_a_still_screen_is_not(tmp_path: Path) -> None:
    stopping, still = camera(1, "vp8"), camera(2, "vp8", screen=True)
    with ChildComposer(start()) as child:
        publishers = Publishers(child, [stopping, still])
        child.add_film(1, tmp_path / "scratch.mp4", tmp_path / "film.mp4")
        publishers.program([place(1, CELLS[0]), place(2, CELLS[1])])
        publishers.run(2.0)
        stopping.paused = still.paused = True
        publishers.run(3.5)
        assert child.of(words.Report)[-1].waiting_tracks == 1
        stopping.paused = still.paused = False
        publishers.run(2.5)
        child.stop()
    seen = list(film_seen.pictures(tmp_path / "film.mp4", SIZE))
    covered = [film_seen.blank(picture.grey, CELLS[0]) for picture in seen]
    still_covered = [film_seen.blank(picture.grey, CELLS[1]) for picture in seen]
    first_shown = covered.index(False)
    assert True in covered[first_shown:], "after two seconds it is not shown as if it were live"
    assert covered.index(True, first_shown) - first_shown > 50
    assert not covered[-1], "and again in the end"
    begun = next(index for index, flat in enumerate(still_covered) if not flat)
    assert not any(still_covered[begun:])


def test_covers_labels_and_alarms_are_drawn(tmp_path: Path) -> None:
    with ChildComposer(start(labels=True, clock=True)) as child:
        publishers = Publishers(child, [camera(1, "h264")])
        child.add_film(1, tmp_path / "scratch.mp4", tmp_path / "film.mp4")
        publishers.program(
            [
                place(1, CELLS[0], label="现场一", alarm=True),
                place(1, CELLS[1], cover="locked", label="现场一"),
                place(words.NO_TRACK, CELLS[2], text="请注意"),
                place(words.NO_TRACK, CELLS[3], cover="absent", label="王伟", muted=True),
            ]
        )
        publishers.run(2.5)
        child.stop()
    last = list(film_seen.pictures(tmp_path / "film.mp4", SIZE))[-1].grey
    # A frame of red (luma 63) around, the counter inside of it.
    assert abs(int(last[60, 1]) - 63) < 12
    assert abs(int(last[1, 160]) - 63) < 12
    inner = Rect(4, 4, 312, 172)
    assert film_seen.Seen(0, last).counter(inner) is not None
    for cell in CELLS[1:]:
        middle = last[cell.y + 60 : cell.y + 130, cell.x + 60 : cell.x + 260]
        assert int(middle.max()) > 180, "a text"
        assert int(np.median(middle)) < 50, "on a dark ground"


def test_a_film_goes_on_after_a_crash(tmp_path: Path) -> None:
    files = (tmp_path / "scratch.mp4", tmp_path / "film.mp4")
    begun = start()
    with ChildComposer(begun) as child:
        publishers = Publishers(child, [camera(1, "h264")])
        child.add_film(1, *files)
        publishers.program([place(1, Rect(0, 0, 640, 360))])
        publishers.run(3.0)
        child.kill()
    kept = files[0].stat().st_size
    assert kept > 0
    with ChildComposer(begun) as child:
        publishers = Publishers(child, [camera(1, "h264", first=500)])
        child.add_film(1, *files)
        publishers.program([place(1, Rect(0, 0, 640, 360))])
        publishers.run(3.0)
        child.stop()
    seen = [(picture.at_s, picture.counter(Rect(0, 0, 640, 360))) for picture in film_seen.pictures(files[1], SIZE)]
    before = [at_s for at_s, counter in seen if counter is not None and counter < 500]
    after = [at_s for at_s, counter in seen if counter is not None and counter >= 500]
    assert before[-1] > 1.0, "no more than a second and a bit is lost"
    assert after[0] > before[-1] + 0.4, "the gap stays a gap"
    assert len(after) > 45


def read(outlet: socket.socket) -> list[bytes]:
    """All packets that are there."""
    found: list[bytes] = []
    while True:
        try:
            found += split(outlet.recv(65_535))
        except BlockingIOError:
            return found


def test_viewers_get_rtp_and_a_keyframe_when_they_ask() -> None:
    with ChildComposer(start()) as child:
        outlet = child.outlet()
        publishers = Publishers(child, [camera(1, "vp8")], {11: 700.0})
        child.tell(words.AddSink(1, "whep"))
        publishers.program([place(1, Rect(0, 0, 640, 360))])
        got: list[bytes] = []
        for _ in range(40):
            publishers.run(0.05)
            got += read(outlet)
        rtp = [packet for packet in got if packet[1] & 0x7F in (VIDEO_PT, AUDIO_PT["opus"])]
        kinds = [packet[12] & 31 for packet in rtp if packet[1] & 0x7F == VIDEO_PT]
        assert kinds[0] in (7, 24), "parameter sets come first"
        assert sum(packet[1] & 0x7F == AUDIO_PT["opus"] for packet in rtp) > 50
        assert any(packet[1] == 200 for packet in got), "sender reports"
        ssrc = next(packet[8:12] for packet in rtp if packet[1] & 0x7F == VIDEO_PT)
        outlet.send(b"\0\x0c\x81\xce\0\2\0\0\0\1" + ssrc)
        child.hear(0.02)
        publishers.run(0.3)
        kinds = [packet[12] & 31 for packet in read(outlet) if packet[1] & 0x7F == VIDEO_PT]
        assert 7 in kinds or 24 in kinds
        child.stop()
        outlet.close()


def test_wrong_outputs_are_refused_and_the_others_go_on(tmp_path: Path) -> None:
    with ChildComposer(start()) as child:
        publishers = Publishers(child, [camera(1, "vp8")])
        publishers.program([place(1, Rect(0, 0, 640, 360))])
        child.tell(words.AddSink(1, "mp4"))
        child.add_film(2, tmp_path / "scratch.mp4", tmp_path / "film.mp4")
        publishers.run(1.5)
        child.tell(words.DropSink(2))
        publishers.run(1.0)
        assert [(told.sink, told.reason) for told in child.of(words.SinkEnded)] == [(1, "refused"), (2, "finished")]
        child.stop()
    assert subprocess.run(["ffprobe", "-v", "error", str(tmp_path / "film.mp4")], check=True, timeout=30)


def test_keyframes_are_asked_for_until_one_comes() -> None:
    with ChildComposer(start()) as child:
        silent = Camera(words.Track(1, "h264", 90_000, 102, 1001), frames=30)
        publishers = Publishers(child, [silent])
        silent.paused = True
        publishers.program([place(1, Rect(0, 0, 640, 360))])
        publishers.run(1.0)
        assert 1 <= len(child.requests) <= 3
        child.stop()
