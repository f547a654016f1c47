"""REST of the library: what an administrator sees of recordings and does with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conference.model.ids import ParticipantId, RecordedTrackId
from conference.model.recording import RecordedKind, RecordingState, SegmentState
from tests.behaviour.test_edge_rest import ask
from tests.fakes.edge import ROOM, running_edge
from tests.fakes.films import MADE, FakeFilms
from tests.fakes.library import (
    FILM,
    OTHER_RECORDING,
    RECORDING,
    SOUND,
    STARTED_MS,
    STARTED_S,
    VIDEO,
    filled_library,
)

RECORDINGS = "/api/v1/recordings"
PATH = f"{RECORDINGS}/{RECORDING}"
SUMMARY = {
    "id": RECORDING, "room": "r-test", "roomName": "第一会议室", "startedAt": "2023-11-14T22:13:20Z",
    "endedAt": "2023-11-14T22:14:21Z", "startedBy": "主持人", "automatic": False, "state": "finished",
    "bytes": 320_000, "durationMs": 61_000, "people": ["王芳"], "tracks": 2, "gaps": 2, "legalHold": False,
}  # fmt: skip


async def test_the_list_is_newest_first_and_in_pages() -> None:
    async with running_edge(library=filled_library(), wall_s=lambda: STARTED_S + 130) as edge:
        status, first = await ask(edge, "GET", f"{RECORDINGS}?limit=1")
        assert (status, first["next"]) == (200, OTHER_RECORDING)
        (running,) = first["recordings"]
        assert (running["id"], running["state"], running["endedAt"]) == (OTHER_RECORDING, "recording", None)
        assert (running["automatic"], running["startedBy"], running["durationMs"]) == (True, "", 30_000)
        rest = {"recordings": [SUMMARY], "next": None, "disk": None}
        assert await ask(edge, "GET", f"{RECORDINGS}?limit=1&after={first['next']}") == (200, rest)
        assert await ask(edge, "GET", f"{RECORDINGS}?room={ROOM}") == (200, rest)
        assert await ask(edge, "GET", f"{RECORDINGS}?room=nobody") == (
            200,
            {"recordings": [], "next": None, "disk": None},
        )
        both = await ask(edge, "GET", RECORDINGS)
        assert both == (200, {"recordings": [running, SUMMARY], "next": None, "disk": None})


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=1e1", "limit=９", "room=", "room=../x",
        "room=a/b",
        "after=", "after=x", "after=seg-0000000000000000", "after=rec-0", "after=rec-0123456789ABCDEF",
        "after=rec-0123456789abcdef%00", "after=rec-0123456789abcdef%0a",
    ],
)  # fmt: skip
async def test_a_query_that_cannot_be(query: str) -> None:
    async with running_edge(library=filled_library()) as edge:
        status, refused = await ask(edge, "GET", f"{RECORDINGS}?{query}")
        assert (status, refused["code"]) == (400, "message-invalid")
        assert edge.library.calls == []


async def test_a_page_behind_nothing() -> None:
    async with running_edge(library=filled_library()) as edge:
        status, refused = await ask(edge, "GET", f"{RECORDINGS}?after=rec-0000000000000000")
        assert (status, refused["code"]) == (404, "recording-not-found")


async def test_all_of_a_recording() -> None:
    async with running_edge(library=filled_library(), films=FakeFilms(MADE)) as edge:
        status, shown = await ask(edge, "GET", PATH)
        assert status == 200
        camera, microphone = shown.pop("tracks")
        (film,) = shown.pop("films")
        events = shown.pop("events")
        assert shown == {name: value for name, value in SUMMARY.items() if name not in ("tracks", "gaps")}
        assert events == [{"atMs": STARTED_MS, "kind": "joined", "participant": "p-1", "name": "王芳"}]
        assert camera == {
            "id": "trk-1", "participant": "p-1", "name": "王芳", "kind": "video", "source": "camera",
            "segments": [
                {
                    "id": VIDEO, "codec": "vp8", "fromMs": STARTED_MS + 1000, "untilMs": STARTED_MS + 61_000,
                    "bytes": 300_000, "width": 1280, "height": 720, "state": "finished",
                }
            ],
            "gaps": [
                {
                    "fromMs": STARTED_MS + 5000, "untilMs": STARTED_MS + 6000, "reason": "loss",
                    "text": camera["gaps"][0]["text"],
                }
            ],
        }  # fmt: skip
        assert camera["gaps"][0]["text"]["zh"].startswith("网络丢包")
        assert [segment["id"] for segment in microphone["segments"]] == [SOUND]
        assert (film["id"], film["bytes"]) == (FILM, 1000)
        (gap,) = microphone["gaps"]
        assert (gap["reason"], gap["untilMs"]) == ("crash", STARTED_MS + 61_000), (
            "one that lasts ends with the recording"
        )


async def test_a_gap_that_lasts_in_a_running_recording_ends_now() -> None:
    library = filled_library()
    library.change(RECORDING, state=RecordingState.RECORDING, ended_at_s=None)
    library.change_segment(VIDEO, state=SegmentState.WRITING, until_ms=0)
    async with running_edge(library=library, wall_s=lambda: STARTED_S + 70) as edge:
        _, shown = await ask(edge, "GET", PATH)
        camera, microphone = shown["tracks"]
        assert microphone["gaps"][0]["untilMs"] == STARTED_MS + 70_000
        assert (camera["segments"][0]["state"], camera["segments"][0]["untilMs"]) == ("writing", STARTED_MS + 1000)
        assert shown["durationMs"] == 70_000


async def test_what_was_found_without_an_index_is_shown() -> None:
    library = filled_library()
    contents = library.recordings[RECORDING]
    found = replace(
        contents.tracks[0],
        id=RecordedTrackId("trk-7"),
        kind=RecordedKind.UNKNOWN,
        source=None,
        name="",
        participant=ParticipantId(""),
    )
    library.recordings[RECORDING] = replace(contents, tracks=(*contents.tracks, found))
    async with running_edge(library=library) as edge:
        _, shown = await ask(edge, "GET", PATH)
        assert [(track["kind"], track["source"]) for track in shown["tracks"]][2] == ("unknown", None)
        assert shown["people"] == ["王芳"]


async def test_a_deletion_has_a_reason_and_is_for_good() -> None:
    async with running_edge(library=filled_library()) as edge:
        assert await ask(edge, "DELETE", PATH, {"reason": "  当事人\n要求 "}) == (204, None)
        assert edge.library.calls == [("delete", RECORDING, "administrator", "当事人 要求")]
        assert await ask(edge, "DELETE", PATH, {"reason": "again"}) == (204, None)
        for path in (PATH, f"{PATH}/segments/{VIDEO}", f"{PATH}/archive"):
            status, refused = await ask(edge, "GET", path)
            assert (status, refused["code"]) == (410, "recording-deleted"), path
        status, refused = await ask(edge, "POST", f"{PATH}/ticket")
        assert (status, refused["code"]) == (410, "recording-deleted")
        assert [one["id"] for one in (await ask(edge, "GET", RECORDINGS))[1]["recordings"]] == [OTHER_RECORDING]


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": " \n "}, {"reason": "x" * 201}, {"reason": 1}, {"reason": "x", "by": "me"},
             {"reason": "a\u0000b"}, {"reason": "\u202eb"}]
)  # fmt: skip
async def test_a_deletion_without_a_reason(body: object) -> None:
    async with running_edge(library=filled_library()) as edge:
        status, refused = await ask(edge, "DELETE", PATH, body)
        assert (status, refused["code"]) == (400, "message-invalid")
        assert edge.library.calls == []


async def test_what_is_held_or_running_is_not_deleted() -> None:
    async with running_edge(library=filled_library()) as edge:
        status, held = await ask(edge, "POST", f"{PATH}/hold", {"held": True})
        assert (status, held["legalHold"], held["id"]) == (200, True, RECORDING)
        status, refused = await ask(edge, "DELETE", PATH, {"reason": "x"})
        assert (status, refused["code"]) == (409, "recording-held")
        assert (await ask(edge, "POST", f"{PATH}/hold", {"held": False}))[1]["legalHold"] is False
        assert (await ask(edge, "DELETE", PATH, {"reason": "x"}))[0] == 204
        status, refused = await ask(edge, "DELETE", f"{RECORDINGS}/{OTHER_RECORDING}", {"reason": "x"})
        assert (status, refused["code"]) == (409, "recording-running")


@pytest.mark.parametrize("body", [{}, {"held": "yes"}, {"held": None}, {"held": 1}, []])
async def test_a_hold_says_yes_or_no(body: object) -> None:
    async with running_edge(library=filled_library()) as edge:
        assert (await ask(edge, "POST", f"{PATH}/hold", body))[0] == 400
        assert edge.library.calls == []


async def test_a_rooms_recording_is_started_and_stopped() -> None:
    async with running_edge(library=filled_library()) as edge:
        path = f"/api/v1/rooms/{ROOM}/recording"
        async with edge.client.post(edge.url + path, headers=edge.admin()) as response:
            bare = {"id": RECORDING, "composed": None, "filmRefused": None}
            assert (response.status, await response.json()) == (201, bare)
            assert response.headers["Location"] == PATH
        status, refused = await ask(edge, "POST", path)
        assert (status, refused["code"]) == (409, "recording-running")
        assert await ask(edge, "DELETE", path) == (204, None)
        status, refused = await ask(edge, "DELETE", path)
        assert (status, refused["code"]) == (404, "recording-not-found")
        status, refused = await ask(edge, "POST", "/api/v1/rooms/nowhere/recording")
        assert (status, refused["code"]) == (404, "room-not-found")
