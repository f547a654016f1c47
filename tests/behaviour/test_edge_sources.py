"""REST: sources from their creation to their end, what is refused, and that no secret leaves by a side door."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from conference.model.ids import Identity, ParticipantId, SourceId
from conference.model.participant import ParticipantKind, ParticipantView, SourceFeed
from conference.model.roles import Role
from conference.model.source import (
    Cause,
    Measured,
    RtspTransport,
    SourceEvent,
    SourceKind,
    SourceState,
    SourceStatus,
    Transcoding,
)
from conference.results import SourceChanges, SourceTest
from signaling.rest import source_care
from tests.behaviour.test_edge_rest import ask
from tests.fakes.edge import NOW_MS, OTHER_ROOM, ROOM, RunningEdge, running_edge

SOURCES = "/api/v1/sources"
CAMERA = {"name": " 南门 摄像机\u0000", "kind": "rtsp", "rooms": [ROOM], "address": "rtsp://192.0.2.7/main"}
ENCODER = {"name": "无人机", "kind": "rtmp", "rooms": []}
PASSWORD = "hunter2-and-more"


async def made(edge: RunningEdge, body: Mapping[str, object]) -> tuple[str, Any]:
    """The path of a new source, and the source."""
    status, source = await ask(edge, "POST", SOURCES, body)
    assert status == 201
    return f"{SOURCES}/{source['id']}", source


async def test_a_camera_from_its_creation_to_its_end() -> None:
    async with running_edge() as edge:
        path, source = await made(edge, CAMERA | {"username": "admin", "password": PASSWORD, "onDemand": False})
        assert source == {
            "id": "src-1", "name": "南门 摄像机", "kind": "rtsp", "rooms": [ROOM], "enabled": True,
            "address": "rtsp://192.0.2.7/main", "username": "admin", "hasPassword": True, "transport": "auto",
            "onDemand": False, "audience": "all", "createdAt": "2023-11-14T22:13:20Z", "measured": None, "viewers": 0,
            "push": None,
            "status": {
                "state": "waiting", "cause": None, "since": "2023-11-14T22:13:20Z", "transcoding": [],
                "transcodingText": None, "text": source["status"]["text"],
            },
        }  # fmt: skip
        assert await ask(edge, "GET", path) == (200, source)
        assert await ask(edge, "GET", SOURCES) == (200, {"sources": [source]})
        assert await ask(edge, "DELETE", path) == (204, None)
        status, refused = await ask(edge, "GET", path)
        assert (status, refused["code"]) == (404, "source-not-found")


async def test_a_created_source_has_its_place_in_the_header() -> None:
    async with (
        running_edge() as edge,
        edge.client.post(edge.url + SOURCES, headers=edge.admin(), json=ENCODER) as response,
    ):
        assert response.headers["Location"] == f"{SOURCES}/{(await response.json())['id']}"


async def test_what_is_shown_of_a_source_at_work() -> None:
    async with running_edge() as edge:
        path, source = await made(edge, CAMERA)
        name = SourceId(source["id"])
        edge.desk.views[name] = replace(
            edge.desk.views[name],
            status=SourceStatus(
                state=SourceState.FROZEN, since_ms=NOW_MS, transcoding=(Transcoding.H265, Transcoding.AUDIO_CODEC)
            ),
            measured=Measured(
                bitrate_bps=1_500_000, fps=24.5, width=1280, height=720, video_codec="h265", audio_codec="aac",
                picture_age_ms=30, content_age_ms=None,
            ),
            viewers=4,
        )  # fmt: skip
        _, shown = await ask(edge, "GET", path)
        assert shown["viewers"] == 4
        assert shown["measured"] == {
            "bitrateBps": 1_500_000, "fps": 24.5, "width": 1280, "height": 720, "videoCodec": "h265",
            "audioCodec": "aac", "pictureAgeMs": 30, "contentAgeMs": None,
        }  # fmt: skip
        assert shown["status"]["transcoding"] == ["h265", "audio-codec"]
        assert shown["status"]["transcodingText"]["zh"].startswith("转码中：视频是 H.265")
        assert shown["status"]["text"]["zh"].startswith("画面静止")


async def test_a_change_says_only_what_changes() -> None:
    async with running_edge() as edge:
        path, _ = await made(edge, CAMERA | {"password": PASSWORD})
        status, changed = await ask(edge, "PATCH", path, {"name": "北门", "rooms": [OTHER_ROOM, OTHER_ROOM]})
        assert (status, changed["name"], changed["rooms"], changed["hasPassword"]) == (200, "北门", [OTHER_ROOM], True)
        assert edge.desk.calls == [("change", "src-1", SourceChanges(name="北门", rooms=(OTHER_ROOM,)))]
        _, changed = await ask(
            edge, "PATCH", path, {"password": "", "enabled": False, "transport": "udp", "on_demand": False}
        )
        assert (changed["hasPassword"], changed["enabled"], changed["transport"]) == (False, False, "udp")
        assert (changed["onDemand"], changed["address"]) == (False, "rtsp://192.0.2.7/main")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**CAMERA, "name": "\u0000 \u202e"}, 400, "name-invalid"),
        ({**CAMERA, "name": "x" * 257}, 400, "message-invalid"),
        ({**CAMERA, "kind": "rtsps"}, 400, "message-invalid"),
        ({**CAMERA, "rooms": ["r"] * 33}, 400, "message-invalid"),
        ({**CAMERA, "rooms": ["../x"]}, 400, "message-invalid"),
        ({**CAMERA, "rooms": ["r-nowhere"]}, 404, "room-not-found"),
        ({**CAMERA, "address": ""}, 400, "address-invalid"),
        ({**CAMERA, "address": "http://192.0.2.7/"}, 400, "scheme-refused"),
        ({**CAMERA, "address": "rtsp://192.0.2.7/\r\nx"}, 400, "message-invalid"),
        ({**CAMERA, "address": "rtsp://" + "x" * 2048}, 400, "message-invalid"),
        ({**CAMERA, "username": "u" * 257}, 400, "message-invalid"),
        ({**CAMERA, "password": "p\n"}, 400, "message-invalid"),
        ({**CAMERA, "transport": "sctp"}, 400, "message-invalid"),
        ({**CAMERA, "id": "mine"}, 400, "message-invalid"),
        ({**ENCODER, "address": "rtsp://192.0.2.7/"}, 400, "address-invalid"),
        ({**ENCODER, "keyExpiresAt": "2020-01-01T00:00:00Z"}, 400, "message-invalid"),
        ({**ENCODER, "keyExpiresAt": "2099-01-01T00:00:00"}, 400, "message-invalid"),
        ({**ENCODER, "keyExpiresAt": "soon"}, 400, "message-invalid"),
        ({"name": "x", "kind": "rtmp"}, 400, "message-invalid"),
        ([], 400, "message-invalid"),
    ],
)
async def test_sources_that_are_not_made(body: object, status: int, code: str) -> None:
    async with running_edge() as edge:
        got, refused = await ask(edge, "POST", SOURCES, body)
        assert (got, refused["code"]) == (status, code)
        assert edge.desk.views == {}


async def test_the_limit_of_sources_is_said() -> None:
    async with running_edge() as edge:
        answers = [await ask(edge, "POST", SOURCES, ENCODER) for _ in range(9)]
        assert [status for status, _ in answers] == [201] * 8 + [409]
        assert answers[-1][1]["code"] == "too-many-sources"


OPERATIONS = [
    ("GET", "", None),
    ("PATCH", "", {"name": "x"}),
    ("DELETE", "", None),
    ("POST", "/key", {}),
    ("DELETE", "/key", None),
    ("POST", "/restart", None),
    ("GET", "/history", None),
    ("GET", "/thumbnail", None),
]


@pytest.mark.parametrize(("method", "part", "body"), OPERATIONS)
@pytest.mark.parametrize("name", ["src-9", "a%20b", "x" * 65, "%E5%8D%97"])
async def test_a_source_that_is_not_there(method: str, part: str, body: object, name: str) -> None:
    async with running_edge() as edge:
        status, refused = await ask(edge, method, f"{SOURCES}/{name}{part}", body)
        assert (status, refused["code"]) == (404, "source-not-found")


@pytest.mark.parametrize(("method", "part", "body"), [("GET", None, None), ("POST", None, ENCODER), *OPERATIONS])
@pytest.mark.parametrize("who", ["nobody", "a host"])
async def test_only_administrators(method: str, part: str | None, body: object, who: str) -> None:
    async with running_edge() as edge:
        _, source = await made(edge, ENCODER)
        before = dict(edge.desk.views)
        path = SOURCES if part is None else f"{SOURCES}/{source['id']}{part}"
        credentials = {"Authorization": ""} if who == "nobody" else edge.bearer(role=Role.HOST)
        status, refused = await ask(edge, method, path, body, **credentials)
        assert (status, refused["code"]) == (401, "admin-key-invalid")
        assert source["push"]["key"] not in str(refused)
        assert edge.desk.views == before
        assert edge.desk.calls == []


# ---- looking after them ---------------------------------------------------------------------------------------------


async def test_restart() -> None:
    async with running_edge() as edge:
        path, _ = await made(edge, CAMERA)
        assert await ask(edge, "POST", path + "/restart") == (204, None)
        assert edge.desk.calls == [("restart", "src-1")]


async def test_history_is_told_in_words() -> None:
    async with running_edge() as edge:
        path, source = await made(edge, CAMERA)
        name = SourceId(source["id"])
        edge.desk.events[name] = [
            SourceEvent(
                source=name, at_s=NOW_MS / 1000 - at, state=SourceState.OFFLINE, cause=Cause.NO_MEDIA, detail="x"
            )
            for at in range(150)
        ]
        status, history = await ask(edge, "GET", path + "/history")
        assert (status, len(history["events"])) == (200, 100)
        assert history["events"][0] == {
            "at": "2023-11-14T22:13:20Z", "state": "offline", "cause": "no-media", "detail": "x",
            "text": history["events"][0]["text"],
        }  # fmt: skip
        assert history["events"][0]["text"]["zh"].startswith("已离线")
        assert len((await ask(edge, "GET", path + "/history?limit=7"))[1]["events"]) == 7
        for limit in ("0", "1001", "-1", "x", "1e2", "", "٣"):
            status, refused = await ask(edge, "GET", f"{path}/history?limit={limit}")
            assert (status, refused["code"]) == (400, "message-invalid"), limit


async def test_a_thumbnail_is_a_picture_and_nothing_else() -> None:
    async with running_edge() as edge:
        path, source = await made(edge, CAMERA)
        status, refused = await ask(edge, "GET", path + "/thumbnail")
        assert (status, refused["code"]) == (404, "no-thumbnail")
        edge.desk.pictures[SourceId(source["id"])] = b"\xff\xd8 a picture"
        async with edge.client.get(edge.url + path + "/thumbnail", headers=edge.admin()) as response:
            assert (response.status, await response.read()) == (200, b"\xff\xd8 a picture")
            assert response.headers["Content-Type"] == "image/jpeg"
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_an_address_is_tried_before_it_is_saved() -> None:
    async with running_edge() as edge:
        edge.desk.answer = SourceTest(
            state=SourceState.LIVE, cause=None, video_codec="h264", audio_codec="aac", width=1920, height=1080,
            fps=25.0, transcoding=(Transcoding.AUDIO_CODEC,), thumbnail=b"\xff\xd8", took_ms=812,
        )  # fmt: skip
        body = {"address": "rtsp://192.0.2.7/", "username": "admin", "password": PASSWORD, "transport": "tcp"}
        status, result = await ask(edge, "POST", SOURCES + "/test", body)
        assert (status, result) == (200, {
            "ok": True, "state": "live", "cause": None, "text": {"zh": "正常。", "en": "Live."}, "videoCodec": "h264",
            "audioCodec": "aac", "width": 1920, "height": 1080, "fps": 25.0, "transcoding": ["audio-codec"],
            "thumbnail": "/9g=", "tookMs": 812,
        })  # fmt: skip
        assert edge.desk.calls == [("test", "rtsp://192.0.2.7/", "admin", PASSWORD, RtspTransport.TCP)]
        edge.desk.answer = SourceTest(state=SourceState.WRONG_PASSWORD, cause=None)
        _, result = await ask(edge, "POST", SOURCES + "/test", body)
        assert (result["ok"], result["thumbnail"]) == (False, None)
        assert result["text"]["zh"].startswith("密码错误")
        assert edge.desk.views == {}


async def test_at_most_four_addresses_are_tried_at_once() -> None:
    async with running_edge() as edge:
        edge.desk.release.clear()
        body = {"address": "rtsp://192.0.2.7/"}
        running = [asyncio.create_task(ask(edge, "POST", SOURCES + "/test", body)) for _ in range(4)]
        async with asyncio.timeout(5):
            await edge.desk.four.wait()
        status, refused = await ask(edge, "POST", SOURCES + "/test", body)
        assert (status, refused["code"]) == (429, "too-many-requests")
        edge.desk.release.set()
        assert [status for status, _ in await asyncio.gather(*running)] == [200] * 4
        assert (await ask(edge, "POST", SOURCES + "/test", body))[0] == 200


async def test_a_try_that_takes_too_long_is_an_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_care, "SOURCE_TEST_S", 0.05)
    async with running_edge() as edge:
        edge.desk.release.clear()
        status, result = await ask(edge, "POST", SOURCES + "/test", {"address": "rtsp://192.0.2.7/"})
        assert (status, result["ok"], result["state"], result["cause"]) == (200, False, "unreachable", "timed-out")
        assert edge.desk.trying == 0


@pytest.mark.parametrize("address", ["http://192.0.2.7/", "file:///etc/passwd", "rtsps://192.0.2.7/"])
async def test_what_is_no_rtsp_address_is_not_tried(address: str) -> None:
    async with running_edge() as edge:
        status, refused = await ask(edge, "POST", SOURCES + "/test", {"address": address})
        assert (status, refused["code"]) == (400, "scheme-refused")
        assert edge.desk.calls == []


# ---- secrets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {**CAMERA, "password": PASSWORD},
        {**CAMERA, "address": f"rtsp://admin:{PASSWORD}@192.0.2.7/", "rooms": ["r-nowhere"]},
        {**CAMERA, "address": f"http://admin:{PASSWORD}@192.0.2.7/"},
        {**CAMERA, "password": PASSWORD + "\n"},
        {**CAMERA, "password": PASSWORD * 20},
        {**CAMERA, "password": {"value": PASSWORD}},
        {**CAMERA, "secret": PASSWORD},
    ],
)
async def test_a_password_is_in_no_answer_and_in_no_log(
    body: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with running_edge() as edge:
        for method, path in (("POST", SOURCES), ("POST", SOURCES + "/test"), ("GET", SOURCES)):
            _, answer = await ask(edge, method, path, body if method == "POST" else None)
            assert PASSWORD not in str(answer)
    assert PASSWORD not in caplog.text


async def test_our_own_fault_tells_nothing_of_the_draft(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with running_edge() as edge:
        edge.desk.fault = RuntimeError("the database is gone")
        status, answer = await ask(edge, "POST", SOURCES, {**CAMERA, "password": PASSWORD})
        assert (status, answer["code"]) == (500, "internal-error")
        assert PASSWORD not in str(answer)
    assert "the database is gone" in caplog.text
    assert PASSWORD not in caplog.text


# ---- in the room ----------------------------------------------------------------------------------------------------


async def test_a_source_among_the_participants(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = ParticipantView(
        id=ParticipantId("p-src-1"), identity=Identity("src-1"), name="南门", role=Role.PARTICIPANT,
        kind=ParticipantKind.SOURCE, joined_at_ms=NOW_MS,
        feed=SourceFeed(
            source=SourceId("src-1"), kind=SourceKind.SRT,
            status=SourceStatus(state=SourceState.OFFLINE, cause=Cause.PUBLISHER_LEFT, since_ms=NOW_MS),
        ),
    )  # fmt: skip
    async with running_edge() as edge:
        monkeypatch.setattr(edge.conference, "participants", lambda _room: [camera])
        _, listed = await ask(edge, "GET", f"/api/v1/rooms/{ROOM}/participants")
        (shown,) = listed["participants"]
        assert shown["kind"] == "source"
        assert shown["feed"] == {
            "source": "src-1", "kind": "srt", "state": "offline", "cause": "publisher-left",
            "since": "2023-11-14T22:13:20Z",
        }  # fmt: skip


async def test_sources_are_counted() -> None:
    async with running_edge() as edge, edge.client.get(edge.url + "/metrics") as response:
        text = await response.text()
    for line in (
        'huishang_sources{state="live"} 2.0',
        'huishang_sources{state="quarantined"} 1.0',
        'huishang_sources{state="offline"} 0.0',
        "huishang_source_publishers 2.0",
        "huishang_source_children 3.0",
        "huishang_source_connections_total 7.0",
    ):
        assert line in text, line
