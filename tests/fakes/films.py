"""Films of recordings in memory, for the edge."""

from collections.abc import Sequence
from dataclasses import replace

from conference.model.errors import FilmNotFound, HuishangError, SceneNotFound
from conference.model.film import Film, FilmProgress, FilmScene, FilmState, FilmWish
from conference.model.ids import RecordingId, SceneId, SegmentId
from conference.model.wall import Board
from conference.results import FilmStats
from tests.fakes.library import FILM, RECORDING, STARTED_MS, STARTED_S

MADE = Film(
    id=FILM,
    recording=RECORDING,
    asked_at_s=STARTED_S + 100,
    wish=FilmWish(from_ms=STARTED_MS + 1000, until_ms=STARTED_MS + 61_000),
    made_by="administrator",
    state=FilmState.READY,
    ready_at_s=STARTED_S + 130,
    size_bytes=1000,
    sha256=b"\xcc" * 32,
    duration_ms=60_000,
)


SCENE = FilmScene(id=SceneId("sc-0123456789ab"), name="早会", version=3, board=Board())


class FakeFilms:
    """`refuse`: what the next call raises. `calls` notes what it was asked."""

    def __init__(self, *films: Film) -> None:
        self.films = {film.id: film for film in films}
        self.progress: dict[SegmentId, FilmProgress] = {}
        self.refuse: HuishangError | None = None
        self.calls: list[tuple[object, ...]] = []

    def stats(self) -> FilmStats:
        states = [film.state for film in self.films.values()]
        return FilmStats(
            queued=states.count(FilmState.QUEUED),
            making=states.count(FilmState.MAKING),
            live=0,
            ready=states.count(FilmState.READY),
            failed=states.count(FilmState.FAILED),
            cancelled=states.count(FilmState.CANCELLED),
        )

    async def request(self, recording: RecordingId, wish: FilmWish, *, by: str, scene: SceneId | None = None) -> Film:
        self._asked("request", recording, wish, by)
        if scene is not None:
            if scene != SCENE.id:
                raise SceneNotFound(scene)
            wish = replace(wish, scene=SCENE)
        film = Film(
            id=SegmentId("film-00000000000000ff"), recording=recording, asked_at_s=STARTED_S, wish=wish, made_by=by
        )
        self.films[film.id] = film
        return film

    async def list(self, recording: RecordingId) -> Sequence[tuple[Film, FilmProgress]]:
        self._asked("list", recording)
        return [(film, self._of(film)) for film in self.films.values() if film.recording == recording]

    async def get(self, recording: RecordingId, film: SegmentId) -> tuple[Film, FilmProgress]:
        self._asked("get", recording, film)
        found = self.films.get(film)
        if found is None or found.recording != recording:
            raise FilmNotFound(film)
        return found, self._of(found)

    async def remove(self, recording: RecordingId, film: SegmentId) -> None:
        self._asked("remove", recording, film)
        await self.get(recording, film)
        del self.films[film]

    def _of(self, film: Film) -> FilmProgress:
        return self.progress.get(film.id, FilmProgress())

    def _asked(self, *call: object) -> None:
        self.calls.append(call)
        if self.refuse is not None:
            raise self.refuse
