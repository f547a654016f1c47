"""Films over HTTP: what is asked for, shown, refused; their bytes are those of segments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conference.model.errors import (
    FilmQueueFull,
    HuishangError,
    RecordingDeleted,
    RecordingEmpty,
    RecordingHeld,
    RecordingRunning,
    TooManyFilms,
)
from conference.model.film import FilmKind, FilmProgress, FilmReason, FilmState
from conference.model.ids import SegmentId
from conference.model.window import Free
from signaling.recordings.film_words import FILM_WORDS
from signaling.rest.film_views import film as shown
from tests.behaviour.test_edge_recordings_rights import TRAVERSALS, fetch, ticket_for
from tests.behaviour.test_edge_rest import ask
from tests.fakes.edge import ROOM, running_edge
from tests.fakes.films import MADE, SCENE, FakeFilms
from tests.fakes.library import FILM, OTHER_RECORDING, OTHER_VIDEO, RECORDING, STARTED_MS, filled_library, pattern

FILMS = f"/api/v1/recordings/{RECORDING}/films"
MAKING = SegmentId("film-00000000000000bb")


async def test_a_film_is_asked_for_with_everything() -> None:
    films = FakeFilms()
    wish = {
        "layout": "free", "windows": [{"x": 0, "y": 0, "width": 0.5, "height": 1}], "width": 1280, "height": 720,
        "fps": 30, "preset": "veryfast", "sound": "opus", "labels": False, "clock": False, "language": "en",
        "utcOffsetMin": -300, "fromMs": STARTED_MS, "untilMs": STARTED_MS + 5000,
    }  # fmt: skip
    async with running_edge(library=filled_library(), films=films) as edge:
        status, film = await ask(edge, "POST", FILMS, wish)
        assert status == 202
        ((_, recording, asked, by),) = films.calls
    assert (recording, by) == (RECORDING, "administrator")
    assert asked.windows == (Free(0, 0, 0.5, 1),)  # type: ignore[attr-defined]
    assert asked.utc_offset_min == -300  # type: ignore[attr-defined]
    for key in wish.keys() - {"windows", "utcOffsetMin"}:
        assert film[key] == wish[key], key
    assert (film["state"], film["percent"], film["speed"], film["remainingS"]) == ("queued", 0, 0, None)


async def test_what_is_absent_is_the_usual() -> None:
    films = FakeFilms()
    async with running_edge(library=filled_library(), films=films) as edge:
        status, film = await ask(edge, "POST", FILMS, {})
    assert status == 202
    assert {key: film[key] for key in ("layout", "width", "height", "fps", "preset", "sound", "labels", "clock")} == {
        "layout": "grid", "width": 1920, "height": 1080, "fps": 25, "preset": "superfast", "sound": "aac",
        "labels": True, "clock": True,
    }  # fmt: skip


async def test_a_film_of_a_scene() -> None:
    films = FakeFilms()
    async with running_edge(library=filled_library(), films=films) as edge:
        status, film = await ask(edge, "POST", FILMS, {"layout": "scene", "scene": SCENE.id})
        assert (status, film["layout"]) == (202, "scene")
        assert film["scene"] == {"id": SCENE.id, "name": "早会", "version": 3}
        status, refused = await ask(edge, "POST", FILMS, {"layout": "scene", "scene": "sc-unknown"})
        assert (status, refused["code"]) == (404, "scene-not-found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"layout": "round"},
        {"layout": "free"},
        {"windows": [{"x": 0, "y": 0, "width": 1, "height": 1}]},
        {"layout": "free", "windows": [{"x": 0, "y": 0, "width": 1, "height": 1}] * 2},
        {"layout": "free", "windows": [{"x": 0.9, "y": 0, "width": 0.5, "height": 1}]},
        {"layout": "free", "windows": [{"x": 0, "y": 0, "width": 0.01, "height": 0.01}] * 60},
        {"layout": "scene"},
        {"layout": "grid", "scene": "sc-0123456789ab"},
        {"layout": "scene", "scene": ""},
        {"layout": "scene", "scene": "s" * 65},
        {"layout": "scene", "scene": "sc-0123456789ab", "windows": [{"x": 0, "y": 0, "width": 1, "height": 1}]},
        {"width": 1280, "height": 1080},
        {"width": 640, "height": 360},
        {"fps": 60},
        {"preset": "placebo"},
        {"sound": "mp3"},
        {"labels": "yes"},
        {"language": "fr"},
        {"utcOffsetMin": 10_000},
        {"fromMs": -1},
        {"fromMs": 2**60},
        {"fromMs": 2, "untilMs": 1},
        {"output": "/etc/passwd"},
        [],
        "grid",
    ],
)
async def test_a_wish_that_cannot_be_is_refused(wrong: Any) -> None:
    films = FakeFilms()
    async with running_edge(library=filled_library(), films=films) as edge:
        status, refused = await ask(edge, "POST", FILMS, wrong)
        assert status == 400
        assert refused["code"] in ("message-invalid", "invalid-layout")
        assert films.calls == []


@pytest.mark.parametrize(
    "error", [RecordingRunning, RecordingDeleted, RecordingEmpty, TooManyFilms, FilmQueueFull, RecordingHeld]
)
async def test_refusals_have_their_codes(error: type[HuishangError]) -> None:
    films = FakeFilms(MADE)
    films.refuse = error()
    async with running_edge(library=filled_library(), films=films) as edge:
        for method, path in (("POST", FILMS), ("DELETE", f"{FILMS}/{FILM}")):
            status, refused = await ask(edge, method, path, {} if method == "POST" else None)
            assert (status, refused["code"]) == (error.status, error.code)
            assert refused["text"]["zh"]
            assert refused["text"]["en"]


async def test_progress_and_reasons_are_shown() -> None:
    making = replace(MADE, id=MAKING, state=FilmState.MAKING, size_bytes=0, sha256=None, ready_at_s=None)
    films = FakeFilms(MADE, making)
    films.progress[MAKING] = FilmProgress(percent=12.34, speed=1.996, remaining_s=61.2)
    async with running_edge(library=filled_library(), films=films) as edge:
        _, film = await ask(edge, "GET", f"{FILMS}/{MAKING}")
        assert (film["state"], film["percent"], film["speed"], film["remainingS"]) == ("making", 12.3, 2.0, 62)
        _, listed = await ask(edge, "GET", FILMS)
        assert [one["id"] for one in listed["films"]] == [FILM, MAKING]
        assert listed["films"][0] | {"askedAt": "", "readyAt": ""} == {
            "id": FILM, "recording": RECORDING, "kind": "asked", "state": "ready", "madeBy": "administrator",
            "askedAt": "", "readyAt": "", "layout": "grid", "scene": None, "width": 1920, "height": 1080, "fps": 25,
            "preset": "superfast", "sound": "aac", "labels": True, "clock": True, "language": "zh-CN",
            "fromMs": STARTED_MS + 1000, "untilMs": STARTED_MS + 61_000, "percent": 0, "speed": 0, "remainingS": None,
            "bytes": 1000, "sha256": "cc" * 32, "durationMs": 60_000, "faults": 0, "reason": None,
        }  # fmt: skip


def test_every_reason_has_its_words() -> None:
    for reason in FilmReason:
        film = shown(replace(MADE, state=FilmState.FAILED, kind=FilmKind.LIVE, reason=reason), FilmProgress())
        assert film.reason is not None
        assert (film.reason.zh, film.reason.en) == (FILM_WORDS[reason].zh, FILM_WORDS[reason].en)


async def test_they_are_counted() -> None:
    films = FakeFilms(MADE, replace(MADE, id=MAKING, state=FilmState.MAKING))
    async with (
        running_edge(library=filled_library(), films=films) as edge,
        edge.client.get(f"{edge.url}/metrics") as answer,
    ):
        lines = (await answer.text()).splitlines()
    for line in (
        'huishang_films{state="queued"} 0.0', 'huishang_films{state="making"} 1.0', 'huishang_films{state="live"} 0.0',
        'huishang_films_ended_total{outcome="ready"} 1.0', 'huishang_films_ended_total{outcome="failed"} 0.0',
        'huishang_films_ended_total{outcome="cancelled"} 0.0',
    ):  # fmt: skip
        assert line in lines


async def test_one_is_deleted() -> None:
    films = FakeFilms(MADE)
    async with running_edge(library=filled_library(), films=films) as edge:
        status, _ = await ask(edge, "DELETE", f"{FILMS}/{FILM}")
        assert (status, films.films) == (204, {})
        status, refused = await ask(edge, "DELETE", f"{FILMS}/{FILM}")
        assert (status, refused["code"]) == (404, "film-not-found")


async def test_the_file_has_ranges_and_a_name() -> None:
    async with running_edge(library=filled_library(), films=FakeFilms(MADE)) as edge:
        path = f"{edge.url}{FILMS}/{FILM}/file"
        async with edge.client.get(path, headers=edge.admin()) as answer:
            assert (answer.status, await answer.read()) == (200, pattern(0, 1000))
            assert (answer.content_type, answer.headers["Accept-Ranges"]) == ("video/mp4", "bytes")
            tag = answer.headers["ETag"]
        ranged = edge.admin() | {"Range": "bytes=10-19", "If-Range": tag}
        async with edge.client.get(f"{path}?download=1", headers=ranged) as answer:
            assert (answer.status, await answer.read()) == (206, pattern(10, 10))
            assert answer.headers["Content-Range"] == "bytes 10-19/1000"
            assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{FILM}.mp4"; ')
        async with edge.client.get(path, headers=edge.admin() | {"If-None-Match": tag}) as answer:
            assert answer.status == 304
        for wrong in ("bytes=1000-", "bytes=99999999999999999999-"):
            async with edge.client.get(path, headers=edge.admin() | {"Range": wrong}) as answer:
                assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */1000")


async def test_who_may() -> None:
    films = FakeFilms(MADE)
    async with running_edge(library=filled_library(), films=films) as edge:
        ticket = await ticket_for(edge)
        other = await ticket_for(edge, OTHER_RECORDING)
        bearer = {"Authorization": f"Bearer {edge.token(ROOM)}"}
        for headers in ({}, bearer, {"Authorization": "Bearer x"}):
            for method, path in (
                ("GET", FILMS), ("POST", FILMS), ("GET", f"{FILMS}/{FILM}"), ("DELETE", f"{FILMS}/{FILM}"),
                ("GET", f"{FILMS}/{FILM}/file"),
            ):  # fmt: skip
                for query in ("", f"?ticket={other}", f"?ticket={ticket}"):
                    if query.endswith(ticket) and path.endswith("/file") and not headers:
                        continue
                    async with edge.client.request(method, f"{edge.url}{path}{query}", headers=headers) as answer:
                        assert answer.status in (401, 403), (method, path, query)
        assert films.calls == []
        status, body = await fetch(edge, f"{FILMS}/{FILM}/file?ticket={ticket}")
        assert (status, body) == (200, pattern(0, 1000))


async def test_foreign_and_made_up_ids_reach_nothing() -> None:
    films = FakeFilms(MADE)
    async with running_edge(library=filled_library(), films=films) as edge:
        for wrong in TRAVERSALS:
            for path in (f"{FILMS}/{wrong}", f"{FILMS}/{wrong}/file", f"/api/v1/recordings/{wrong}/films"):
                status, body = await fetch(edge, path, edge.admin())
                assert status in (400, 404), path
                assert b"root:" not in body
        assert (films.calls, edge.library.calls) == ([], [])
        for path in (
            f"/api/v1/recordings/{OTHER_RECORDING}/films/{FILM}/file", f"{FILMS}/film-0000000000000000/file",
            f"{FILMS}/{MAKING}/file",
        ):  # fmt: skip
            assert (await fetch(edge, path, edge.admin()))[0] == 404
        # A segment is no film, whatever its recording.
        assert (await fetch(edge, f"{FILMS}/{OTHER_VIDEO}/file", edge.admin()))[0] == 404
        status, _ = await fetch(edge, f"/api/v1/recordings/{OTHER_RECORDING}/films/{FILM}", edge.admin())
        assert status == 404


async def test_a_server_without_recordings_has_no_films() -> None:
    async with running_edge(recordings=False) as edge:
        for method in ("GET", "POST"):
            status, refused = await ask(edge, method, FILMS, {} if method == "POST" else None)
            assert (status, refused["code"]) == (503, "recordings-off")
