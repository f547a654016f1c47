"""The pages and their files: policy, nonce, caching, and no way out of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from signaling.pages import Pages
from tests.fakes.edge import WEB_ALLOW, running_edge

FRAMES = f"; frame-src {WEB_ALLOW[0]}"
PAGE = '<script type="module" src="/assets/x.js"></script>'


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE + "home")
    (folder / "join.html").write_text(PAGE + "join")
    (folder / "sources.html").write_text(PAGE + "sources")
    (folder / "assets" / "join-Bx7.js").write_text("export {}")
    (folder / "assets" / "join-Bx7.js.map").write_text("{}")
    (folder / "icon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


async def test_pages_allow_nothing_from_elsewhere_and_nothing_inline(dist: Path) -> None:
    async with running_edge(dist=dist) as edge:
        pages = (("/", "home"), ("/sources", "sources"), ("/join/r-test", "join"), ("/join/r-test?x=1", "join"))
        for path, content in pages:
            async with edge.client.get(edge.url + path) as response:
                assert (await response.text()).endswith(content)
                headers = response.headers
                assert headers["Content-Type"] == "text/html; charset=utf-8"
                policy = headers["Content-Security-Policy"].removesuffix(FRAMES)
                assert "default-src 'self'" in policy
                assert "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy
                assert "http" not in policy
                assert "camera=(self)" in headers["Permissions-Policy"]
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["Referrer-Policy"] == "no-referrer"
                assert headers["Cache-Control"] == "no-cache"
                assert headers["Server"] == "huishang"


async def test_only_pages_that_show_walls_may_show_others_inside(dist: Path) -> None:
    for name in ("wall", "console"):
        (dist / f"{name}.html").write_text(PAGE + name)
    async with running_edge(dist=dist) as edge:
        framing = {}
        for path in ("/", "/sources", "/join/r-test", "/wall", "/console"):
            async with edge.client.get(edge.url + path) as response:
                framing[path] = response.headers["Content-Security-Policy"].endswith(FRAMES)
        assert framing == {"/": False, "/sources": False, "/join/r-test": True, "/wall": True, "/console": True}
    nothing = Pages(dist).page("wall.html").headers["Content-Security-Policy"]
    assert nothing.endswith("; frame-src 'none'")


async def test_hashed_files_are_kept_for_ever_others_asked_for_again(dist: Path) -> None:
    async with running_edge(dist=dist) as edge:
        async with edge.client.get(edge.url + "/assets/join-Bx7.js") as response:
            assert response.status == 200
            assert response.content_type in {"text/javascript", "application/javascript"}
            assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            tag = response.headers["ETag"]
        async with edge.client.get(edge.url + "/assets/join-Bx7.js", headers={"If-None-Match": tag}) as response:
            assert response.status == 304
        async with edge.client.get(edge.url + "/icon.svg") as response:
            assert response.content_type == "image/svg+xml"
            assert response.headers["Cache-Control"] == "no-cache"
        async with edge.client.head(edge.url + "/") as response:
            assert (response.status, await response.read()) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt", "/assets/join-Bx7.js.map", "/assets/", "/assets", "/index.html",
        "/join", "/join/", "/join/a/b", "/assets/join-Bx7.js%00.svg", "/assets//join-Bx7.js", "/.git", "/%00",
    ],
)  # fmt: skip
async def test_there_is_nothing_else(dist: Path, path: str) -> None:
    from yarl import URL

    async with running_edge(dist=dist) as edge, edge.client.get(URL(edge.url + path, encoded=True)) as response:
        assert response.status in {400, 404}
        assert "secret" not in await response.text()


async def test_a_link_out_of_the_folder_is_not_followed(dist: Path) -> None:
    (dist / "assets" / "leak.txt").symlink_to(dist.parent / "secret.txt")
    async with running_edge(dist=dist) as edge, edge.client.get(edge.url + "/assets/leak.txt") as response:
        assert response.status == 404


async def test_without_a_build_the_page_says_so_and_the_api_works() -> None:
    async with running_edge() as edge:
        async with edge.client.get(edge.url + "/") as response:
            assert (response.status, (await response.json())["code"]) == (503, "page-missing")
        async with edge.client.get(edge.url + "/healthz") as response:
            assert response.status == 200
