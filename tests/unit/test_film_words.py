"""The words of a film's child, what it makes of them, and what the core plans to tell it."""

from dataclasses import replace

import msgspec
import pytest

from conference.layout import InvalidLayout
from conference.model.errors import MessageInvalid, RecordingEmpty
from conference.model.film import MAX_FILM_MS, Film, FilmScene, FilmWish
from conference.model.ids import Identity, ParticipantId, RecordedTrackId, RecordingId, RoomId, SceneId, SegmentId
from conference.model.recording import (
    Gap,
    GapReason,
    RecordedKind,
    RecordedTrack,
    Recording,
    RecordingContents,
    RecordingEvent,
    RecordingEventKind,
    Segment,
    SegmentState,
)
from conference.model.track import Source
from conference.model.wall import NOTHING, Board, Content, ContentKind
from conference.model.window import Free
from recorder import film_words as words
from recorder.film.heard import MAX_GAPS, Heard
from recorder.film.job import MAX_EVENTS
from recorder.film_plan import bounds, plan, start_of

REC = RecordingId("rec-0000000000000001")
START_MS = 1_700_000_000_000
START = words.Start("film-0000000000000001", 0, 5000, 1280, 720, 25, "grid", "superfast", "aac", "zh-CN")


def track(number: int, source: Source | None, kind: RecordedKind = RecordedKind.VIDEO) -> RecordedTrack:
    return RecordedTrack(
        id=RecordedTrackId(f"trk-{number}"), recording=REC, kind=kind, started_at_ms=START_MS, name=f"人{number}",
        participant=ParticipantId(f"p{number}"), source=source,
    )  # fmt: skip


def segment(of: RecordedTrack, number: int, from_ms: int, until_ms: int, **more: object) -> Segment:
    made = Segment(
        id=SegmentId(f"seg-{number:016x}"), recording=REC, track=of.id, codec="vp8", started_at_ms=START_MS + from_ms,
        until_ms=START_MS + until_ms, state=SegmentState.FINISHED,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


CAMERA, VOICE = track(1, Source.CAMERA), track(2, Source.MICROPHONE, RecordedKind.AUDIO)
FILM_TRACK, UNKNOWN = track(3, None, RecordedKind.FILM), track(4, None, RecordedKind.UNKNOWN)


def contents(*segments: Segment, **more: object) -> RecordingContents:
    made = RecordingContents(
        recording=Recording(id=REC, room=RoomId("main"), room_name="", started_at_s=START_MS / 1000),
        tracks=(CAMERA, VOICE, FILM_TRACK, UNKNOWN),
        segments=segments,
        gaps=(),
        events=(),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def film(from_ms: int, until_ms: int) -> Film:
    wish = FilmWish(
        layout="free", windows=(Free(0, 0, 0.5, 1),), from_ms=START_MS + from_ms, until_ms=START_MS + until_ms
    )
    return Film(id=SegmentId("film-0000000000000001"), recording=REC, asked_at_s=0.0, wish=wish)


def test_a_start_comes_over_as_it_was() -> None:
    start = start_of(film(0, 5000), limits=words.Limits(), threads=3, yielding=False)
    assert words.decode_to_child(words.encode(start)) == start
    assert (start.windows, start.threads) == ((words.Window(0, 0, 0.5, 1),), 3)


@pytest.mark.parametrize("data", [b"", b"\x80", msgspec.msgpack.encode({"type": "go", "more": 1}), b"\xff" * 100])
def test_what_is_no_word_is_refused(data: bytes) -> None:
    for decode in (words.decode_to_child, words.decode_from_child):
        with pytest.raises(msgspec.MsgspecError):
            decode(data)


def test_the_child_puts_together_what_it_hears() -> None:
    heard = Heard(START, 3, 4)
    heard.take(words.Track("t", "camera", "p", "王伟"), [])
    heard.take(words.Files("t", (words.Span(2000, 3000), words.Span(0, 1000))), [10, 11])
    heard.take(words.Gaps("t", (words.Gap(1000, 2000, "loss"),)), [])
    heard.take(words.Events((words.Event(5, "joined", "p", "王伟"),)), [])
    job = heard.job()
    (made,) = job.tracks
    assert [(one.fd, one.begun_ms) for one in made.segments] == [(11, 0), (10, 2000)]
    assert [gap.reason for gap in made.gaps] == ["loss"]
    assert (job.output_fd, job.scratch_fd, job.from_ms, job.until_ms) == (3, 4, 0, 5000)
    assert (job.look.size.width, job.look.fps, job.events[0].name) == (1280, 25, "王伟")


def test_the_child_takes_no_more_than_it_may() -> None:
    def filled() -> Heard:
        heard = Heard(START, 3, 4)
        heard.take(words.Track("t", "camera", "p", ""), [])
        return heard

    with pytest.raises(ValueError, match="unknown"):
        filled().take(words.Gaps("other", ()), [])
    with pytest.raises(ValueError, match="zip"):
        filled().take(words.Files("t", (words.Span(0, 1),)), [])
    with pytest.raises(ValueError, match="too much"):
        filled().take(words.Files("t", (words.Span(0, 1),) * (words.MAX_FILES + 1)), [0] * (words.MAX_FILES + 1))
    with pytest.raises(ValueError, match="too much"):
        filled().take(words.Gaps("t", (words.Gap(0, 1, ""),) * (MAX_GAPS + 1)), [])
    with pytest.raises(ValueError, match="too much"):
        filled().take(words.Events((words.Event(0, "joined", "p", ""),) * (MAX_EVENTS + 1)), [])
    with pytest.raises(InvalidLayout):
        Heard(msgspec.structs.replace(START, width=63), 3, 4).job()
    with pytest.raises(ValueError, match="length"):
        Heard(msgspec.structs.replace(START, until_ms=0), 3, 4).job()


def test_a_plan_has_what_lies_within_the_film() -> None:
    files = [
        segment(CAMERA, 1, 0, 1000),
        segment(CAMERA, 2, 1000, 3000),
        segment(CAMERA, 3, 3000, 9000),
        segment(CAMERA, 4, 9000, 9500),
        segment(CAMERA, 5, 2000, 3000, state=SegmentState.MISSING),
        segment(VOICE, 6, 5000, 9000),
        segment(FILM_TRACK, 7, 0, 9000),
        segment(UNKNOWN, 8, 0, 9000),
    ]
    made = plan(contents(*files), film(1500, 5000))
    assert [(one.id, [part.id[-1] for part in parts]) for one, parts in made.tracks] == [(CAMERA.id, ["2", "3"])]
    assert made.files == 2


def test_a_plan_is_told_in_words_that_fit() -> None:
    files = [segment(CAMERA, number, number * 100, number * 100 + 100) for number in range(40)]
    gaps = tuple(
        Gap(track=CAMERA.id, from_ms=START_MS + number, until_ms=None, reason=GapReason.MUTED) for number in range(1200)
    )
    events = tuple(
        RecordingEvent(
            recording=REC, at_ms=START_MS, kind=kind, participant=ParticipantId("p" * 64), name="名" * 128
        )
        for kind in (RecordingEventKind.JOINED, RecordingEventKind.HELD, RecordingEventKind.LEFT)
        for _ in range(60)
    )  # fmt: skip
    made = plan(contents(*files, gaps=gaps, events=events), film(0, 5000))
    told = list(made.tellings())
    assert [type(word).__name__ for word, _ in told] == [
        "Track", "Files", "Files", "Files", "Gaps", "Gaps", "Gaps", "Events", "Events", "Events", "Go",
    ]  # fmt: skip
    assert [len(parts) for _, parts in told[1:4]] == [16, 16, 8]
    assert all(len(words.encode(word)) <= words.MAX_MESSAGE_BYTES for word, _ in told)
    first = told[4][0]
    assert isinstance(first, words.Gaps)
    # What somebody wanted is no fault of the recording, and what lasts ends with the film.
    assert (first.gaps[0].reason, first.gaps[0].until_ms) == ("silent", START_MS + 5000)


def test_from_when_until_when() -> None:
    recorded = contents(segment(CAMERA, 1, 0, 60_000), segment(VOICE, 2, 500, 61_000))
    assert bounds(recorded, FilmWish()) == (START_MS, START_MS + 61_000)
    wish = FilmWish(from_ms=START_MS + 10_000, until_ms=START_MS + 10**9)
    assert bounds(recorded, wish) == (START_MS + 10_000, START_MS + 61_000)
    for nothing in (contents(), contents(segment(FILM_TRACK, 1, 0, 9000)), contents(segment(CAMERA, 1, 5, 5))):
        with pytest.raises(RecordingEmpty):
            bounds(nothing, FilmWish())
    apart = contents(segment(CAMERA, 1, 0, 1000), segment(CAMERA, 2, 90_000, 91_000))
    with pytest.raises(RecordingEmpty):
        bounds(apart, FilmWish(from_ms=START_MS + 2000, until_ms=START_MS + 80_000))
    for wrong in (FilmWish(from_ms=START_MS + 60_500), FilmWish(until_ms=START_MS), FilmWish(from_ms=2**50)):
        with pytest.raises(MessageInvalid):
            bounds(recorded, wrong)
    with pytest.raises(MessageInvalid):
        bounds(contents(segment(CAMERA, 1, 0, MAX_FILM_MS + 1)), FilmWish())


def test_a_board_comes_in_parts() -> None:
    board = Board(template="grid-2", panes=(Content(kind=ContentKind.TEXT, text="指挥" * 250), NOTHING))
    scene = FilmScene(id=SceneId("sc-1"), name="早会", version=1, board=board)
    known = replace(CAMERA, identity=Identity("u-1"))
    film = Film(
        id=SegmentId("film-0000000000000001"), recording=REC, asked_at_s=1.0,
        wish=FilmWish(layout="scene", scene=scene, from_ms=START_MS, until_ms=START_MS + 5000),
    )  # fmt: skip
    planned = plan(contents(segment(CAMERA, 1, 0, 5000), tracks=(known,)), film)
    assert len(planned.board) > 1000
    heard = Heard(start_of(film, limits=words.Limits(), threads=1, yielding=False), -1, -1)
    for word, _ in planned.tellings():
        if isinstance(word, words.Board):
            for half in (word.part[:700], word.part[700:]):
                heard.take(words.Board(half), [])
        elif isinstance(word, words.Track):
            heard.take(word, [])
    job = heard.job()
    assert job.look.board == board
    assert [(one.participant, one.identity) for one in job.tracks] == [("p1", "u-1")]


@pytest.mark.parametrize("wrong", [b"{", b"[]", b'{"panes":7}', b'{"template":"\xff"}'])
def test_a_board_that_cannot_be_read(wrong: bytes) -> None:
    heard = Heard(START, -1, -1)
    heard.take(words.Board(wrong), [])
    with pytest.raises(InvalidLayout):
        heard.job()


def test_a_board_has_a_bound() -> None:
    heard = Heard(START, -1, -1)
    part = words.Board(b"x" * words.BOARD_BYTES_AT_ONCE)
    assert len(words.encode(part)) < words.MAX_MESSAGE_BYTES
    for _ in range(words.MAX_BOARD_BYTES // words.BOARD_BYTES_AT_ONCE):
        heard.take(part, [])
    with pytest.raises(ValueError, match="too much"):
        heard.take(part, [])
