"""Browsers, a server, and what goes wrong kept as pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.e2e.people import Looks, Person, launch
from tests.fakes.pictures import write_camera, write_microphone
from tests.fakes.server import RunningServer, running_server

HUES = (5, 35, 65, 120, 150)
TONES_HZ = (700, 1100, 1500, 1900, 2300)

Enter = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="session")
def looks(tmp_path_factory: pytest.TempPathFactory) -> list[Looks]:
    """Five people to tell apart by eye and ear."""
    folder = tmp_path_factory.mktemp("looks")
    return [
        Looks(
            hue=hue,
            tone_hz=tone_hz,
            camera=write_camera(folder / f"camera{hue}.y4m", hue=hue),
            microphone=write_microphone(folder / f"tone{hue}.wav", tone_hz=tone_hz),
        )
        for hue, tone_hz in zip(HUES, TONES_HZ, strict=True)
    ]


@pytest.fixture(scope="session")
def small(looks: list[Looks], tmp_path_factory: pytest.TempPathFactory) -> list[Looks]:
    """The same people with small cameras: more than two browsers code on the cores of a test machine."""
    folder = tmp_path_factory.mktemp("small")
    return [
        replace(look, camera=write_camera(folder / f"camera{look.hue}.y4m", hue=look.hue, width=320, height=180))
        for look in looks
    ]


@pytest.fixture(scope="session")
def sharp(looks: list[Looks], tmp_path_factory: pytest.TempPathFactory) -> Looks:
    """The first person again with a 720-line camera: three simulcast layers."""
    file = tmp_path_factory.mktemp("sharp") / "camera.y4m"
    camera = write_camera(file, hue=looks[0].hue, width=1280, height=720, seconds=6.0)
    return Looks(hue=looks[0].hue, tone_hz=looks[0].tone_hz, camera=camera, microphone=looks[0].microphone)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
async def enter(tmp_path: Path) -> AsyncIterator[Enter]:
    """`await enter(name, looks, …)` opens a browser; all of them are closed after the test."""
    async with AsyncExitStack() as stack, async_playwright() as playwright:

        async def one(name: str, looks: Looks, **options: object) -> Person:
            person = await launch(playwright, name, looks, folder=tmp_path, **options)  # type: ignore[arg-type]
            stack.push_async_callback(person.browser.close)
            return person

        yield one
        await stack.aclose()
