"""Who gets bytes of recordings: asked at every request, told nothing but no, before anything is looked up."""

from __future__ import annotations

import statistics
import time
from urllib.parse import quote

import pytest
from yarl import URL

from conference.model.roles import Role
from signaling.recordings.tickets import PURPOSE, Tickets
from tests.behaviour.test_edge_rest import ask
from tests.fakes.edge import ADMIN_KEY, ROOM, RunningEdge, running_edge
from tests.fakes.library import (
    OTHER_RECORDING,
    OTHER_VIDEO,
    RECORDING,
    STARTED_S,
    VIDEO,
    FakeLibrary,
    filled_library,
)

BASE = "/api/v1/recordings"
NOBODY = "rec-0000000000000000"
TRAVERSALS = [
    spelt
    for name in (
        "..", "../..", "../../etc/passwd", "/etc/passwd", "....//", "..\\", "..\\..\\x", ".", "~root", "a\x00b", "\x00",
        "seg-00000000000000aa/..", "../rec-0123456789abcdef", "rec-0123456789abcdef/../x", "seg-00000000000000aa.mkv",
        "seg-00000000000000AA", "seg-00000000000000a", "seg-00000000000000aaa", "rec-0123456789abcdeg", "quarantine",
        " seg-00000000000000aa", "seg-00000000000000aa ", "seg-00000000000000aa\n", "ｓeg-00000000000000aa", "seg-%30",
        "seg-0000000000000٠aa", "*", "seg-*", "?", "%s%n", "${HOME}", "$(id)", "`id`", "|id", "film-../x", "\u202e",
    )
    for spelt in (quote(name, safe=""), quote(quote(name, safe=""), safe=""), f"{quote(name)}%00")
]  # fmt: skip


async def fetch(edge: RunningEdge, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """The path as it is spelt."""
    async with edge.client.get(URL(edge.url + path, encoded=True), headers=headers) as response:
        return response.status, await response.read()


async def ticket_for(edge: RunningEdge, recording: str = RECORDING) -> str:
    status, issued = await ask(edge, "POST", f"{BASE}/{recording}/ticket")
    assert status == 200
    return str(issued["ticket"])


def touched(library: FakeLibrary) -> list[tuple[object, ...]]:
    """What of the library was looked at beside the issuing of tickets."""
    return [*(call for call in library.calls if call[0] != "get"), *library.reads]


@pytest.mark.parametrize("place", [f"segments/{VIDEO}", "archive"])
async def test_who_gets_bytes(place: str) -> None:
    async with running_edge(library=filled_library()) as edge:
        path = f"{BASE}/{RECORDING}/{place}"
        ticket, other = await ticket_for(edge), await ticket_for(edge, OTHER_RECORDING)
        refused = [
            (401, path, {}),
            (401, path, {"Authorization": "Bearer " + ADMIN_KEY[:-1]}),
            (401, path, {"Authorization": f"Bearer {ticket}"}),
            (401, path, {"Cookie": f"ticket={ticket}"}),
            (401, f"{path}?ticket={ticket}", {"Authorization": "Bearer x"}),
            (401, f"{path}?ticket={ticket}", {"Authorization": ""}),
            (401, f"{path}?Ticket={ticket}", {}),
            (403, f"{path}?ticket=", {}),
            (403, f"{path}?ticket={other}", {}),
            (403, f"{path}?ticket={ticket}&ticket={ticket}", {}),
            (403, f"{path}?ticket={ticket}&ticket={other}", {}),
            (403, f"{path}?ticket={ticket[:-1]}", {}),
            (403, f"{path}?ticket={ADMIN_KEY.replace(' ', '%20')}", {}),
            *((401, path, edge.bearer(role=role)) for role in Role),
            *((403, f"{path}?ticket={edge.token(role=role)}", {}) for role in Role),
        ]
        for status, asked, headers in refused:
            assert (await fetch(edge, asked, headers))[0] == status, (asked, headers)
        assert touched(edge.library) == []
        assert (await fetch(edge, f"{path}?ticket={ticket}"))[0] == 200
        assert (await fetch(edge, path, edge.admin()))[0] == 200
        assert (await fetch(edge, f"{path}?ticket=nonsense", edge.admin()))[0] == 200


async def test_a_ticket_is_for_bytes_only() -> None:
    async with running_edge(library=filled_library()) as edge:
        ticket = await ticket_for(edge)
        path = f"{BASE}/{RECORDING}"
        for method, asked in (
            ("GET", BASE),
            ("GET", path),
            ("DELETE", path),
            ("POST", f"{path}/hold"),
            ("POST", f"{path}/ticket"),
        ):
            async with edge.client.request(method, f"{edge.url}{asked}?ticket={ticket}") as response:
                assert response.status == 401, asked
        assert touched(edge.library) == []


async def test_a_ticket_ends_after_five_minutes() -> None:
    now_s = STARTED_S
    async with running_edge(library=filled_library(), wall_s=lambda: now_s) as edge:
        _, issued = await ask(edge, "POST", f"{BASE}/{RECORDING}/ticket")
        assert issued["expiresAt"] == "2023-11-14T22:18:20Z"
        path = f"{BASE}/{RECORDING}/segments/{VIDEO}?ticket={issued['ticket']}"
        now_s += 299
        assert (await fetch(edge, path))[0] == 200
        now_s += 1
        status, body = await fetch(edge, path)
        assert status == 403
        assert b"ticket-invalid" in body


async def test_no_ticket_for_what_is_not_there() -> None:
    async with running_edge(library=filled_library()) as edge:
        for recording in (NOBODY, "x", "rec-0123456789ABCDEF"):
            status, refused = await ask(edge, "POST", f"{BASE}/{recording}/ticket")
            assert (status, refused["code"]) == (404, "recording-not-found")


async def test_not_yours_and_not_there_are_one_answer() -> None:
    async with running_edge(library=filled_library()) as edge:
        ticket = await ticket_for(edge)
        answers = {
            await fetch(edge, f"{BASE}/{recording}/{place}?ticket={ticket}")
            for recording in (OTHER_RECORDING, NOBODY, "rec-1", "x", "%2e%2e", "%ff", "rec-" + "0" * 5000)
            for place in (f"segments/{OTHER_VIDEO}", f"segments/{VIDEO}", "segments/x", "archive")
        }
        assert {status for status, _ in answers} == {403}
        assert len(answers) == 1
        assert touched(edge.library) == []
        mine = f"{BASE}/{RECORDING}/segments"
        segments = (OTHER_VIDEO, "seg-0000000000000000", "film-0000000000000000", "x")
        found = {await fetch(edge, f"{mine}/{segment}?ticket={ticket}") for segment in segments}
        assert {status for status, _ in found} == {404}
        assert len(found) == 1
        assert edge.library.reads == []
        assert edge.library.opened == []


async def test_not_yours_takes_as_long_as_not_there() -> None:
    async with running_edge(library=filled_library()) as edge:
        ticket = await ticket_for(edge)
        pairs = (
            (f"{BASE}/{OTHER_RECORDING}/segments/{OTHER_VIDEO}", f"{BASE}/{NOBODY}/segments/{OTHER_VIDEO}"),
            (f"{BASE}/{RECORDING}/segments/{OTHER_VIDEO}", f"{BASE}/{RECORDING}/segments/seg-0000000000000000"),
        )
        for foreign, absent in pairs:
            ratios = []
            for _ in range(3):  # the machine may be busy with others: one quiet round is enough to compare
                foreign_s, absent_s = await times(edge, f"{foreign}?ticket={ticket}", f"{absent}?ticket={ticket}")
                ratios.append(foreign_s / absent_s)
                if 0.8 <= ratios[-1] <= 1.2:
                    break
            assert 0.8 <= ratios[-1] <= 1.2, ratios


async def times(edge: RunningEdge, *paths: str) -> list[float]:
    """Median seconds of each, asked in turns."""
    taken: dict[str, list[float]] = {path: [] for path in paths}
    for _ in range(150):
        for path in paths:
            began = time.perf_counter()
            await fetch(edge, path)
            taken[path].append(time.perf_counter() - began)
    return [statistics.median(taken[path]) for path in paths]


async def test_a_hundred_wrong_ids_reach_nothing() -> None:
    assert len(set(TRAVERSALS)) > 60
    assert len(TRAVERSALS) > 100
    async with running_edge(library=filled_library()) as edge:
        for wrong in TRAVERSALS:
            for path in (
                f"{BASE}/{wrong}", f"{BASE}/{wrong}/archive", f"{BASE}/{wrong}/segments/{VIDEO}",
                f"{BASE}/{RECORDING}/segments/{wrong}", f"{BASE}/{RECORDING}/segments/{wrong}?download=1",
            ):  # fmt: skip
                status, body = await fetch(edge, path, edge.admin())
                assert status in {400, 404}, path
                assert b"root:" not in body
        assert edge.library.calls == [], "none of them had the form of an id"


async def test_a_server_without_recordings_says_so() -> None:
    async with running_edge(recordings=False) as edge:
        ticket = Tickets(edge.authority.derived_key(PURPOSE)).issue(RECORDING, time.time()).text
        status, refused = await ask(edge, "GET", BASE)
        assert (status, refused["code"]) == (503, "recordings-off")
        assert (await ask(edge, "POST", f"/api/v1/rooms/{ROOM}/recording"))[0] == 503
        assert (await fetch(edge, f"{BASE}/{RECORDING}/archive?ticket={ticket}"))[0] == 503


async def test_the_document_says_who_may() -> None:
    async with running_edge() as edge:
        _, document = await ask(edge, "GET", "/api/openapi.json")
        path = document["paths"][f"{BASE}/{{recording}}/segments/{{segment}}"]["get"]
        assert path["security"] == [{"adminKey": []}, {"recordingTicket": []}]
        assert {"206", "304", "401", "403", "404", "410", "412", "416", "503"} <= set(path["responses"])
        assert {p["name"]: p.get("required") for p in path["parameters"]} == {
            "recording": True, "segment": True, "Range": False, "If-Range": False, "download": None
        }  # fmt: skip
