"""Every codec goes through undecoded: what the camera burnt in comes out at the other end."""

import asyncio
from typing import Any

import aiohttp
import numpy as np
import pytest

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.e2e.test_two_people import sees
from tests.fakes.member import member
from tests.fakes.server import RunningServer

pytestmark = [pytest.mark.timeout(90), pytest.mark.timed]


async def codecs_of(person: Person, kind: str) -> set[str]:
    """Names of the codecs that this page's streams of a direction really use."""
    names: list[str] = await person.page.evaluate(
        """async (kind) => {
          const found = new Set();
          for (const one of __probe.connections.filter((one) => one.connectionState === "connected")) {
            const report = await one.getStats();
            report.forEach((row) => {
              if (row.type === kind && row.codecId) found.add(report.get(row.codecId).mimeType);
            });
          }
          return [...found];
        }""",
        kind,
    )
    return {name.lower() for name in names}


@pytest.mark.parametrize(("wanted", "mime"), [("h264", "video/h264"), ("vp9", "video/vp9"), ("av1", "video/av1")])
async def test_a_picture_in_this_codec_is_seen(
    server: RunningServer, enter: Enter, looks: list[Looks], wanted: str, mime: str
) -> None:
    room = server.room()
    sender, viewer = await enter("发", looks[0]), await enter("收", looks[1])
    await sender.join(server.link(room).replace("#", f"?codec={wanted}#"))
    await viewer.join(server.link(room))
    await until(lambda: sees(viewer, looks[0], fps=5), timeout_s=20, what=f"the picture in {wanted}")
    assert mime in await codecs_of(sender, "outbound-rtp")
    assert mime in await codecs_of(viewer, "inbound-rtp")
    assert "audio/opus" in await codecs_of(viewer, "inbound-rtp")


async def test_h264_simulcast_switches_at_a_keyframe(
    server: RunningServer, enter: Enter, looks: list[Looks], sharp: Looks
) -> None:
    room = server.room()
    sender, viewer = await enter("发", sharp), await enter("收", looks[1], viewport=(1920, 1080))
    await sender.join(server.link(room).replace("#", "?codec=h264#"))
    await viewer.join(server.link(room))

    async def shows(least: int, most: int) -> bool:
        picture = await viewer.picture_of(sharp, 1.0)
        return picture is not None and least <= picture.size[1] <= most and len(set(picture.counters)) >= 3

    await until(lambda: shows(500, 720), timeout_s=30, what="the full layer in a large tile")
    await viewer.page.set_viewport_size({"width": 360, "height": 640})
    await until(lambda: shows(1, 360), timeout_s=15, what="a smaller layer in a small tile")
    broken: list[dict[str, Any]] = [row for row in await viewer.statistics("inbound-rtp") if row["kind"] == "video"]
    assert all(row.get("freezeCount", 0) <= 3 for row in broken)


async def test_a_listener_without_redundant_audio_hears_a_browser_that_sends_it(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    """A browser's voice goes out as RED (RFC 2198); aiortc knows only Opus and gets the newest block alone."""
    room = server.room()
    sender = await enter("发", looks[0])
    await sender.join(server.link(room))
    await until(lambda: sees(sender, looks[0], fps=5), timeout_s=10, what="the sender is there")

    async def repeats() -> bool:
        """40 kbit/s of Opus are 100 bytes in 20 ms; with the packet before in it, it is nearly twice that."""
        rows = [row for row in await sender.statistics("outbound-rtp") if row["kind"] == "audio"]
        return any(row["packetsSent"] > 50 and row["bytesSent"] / row["packetsSent"] > 130 for row in rows)

    await until(repeats, timeout_s=10, what="redundant audio leaves the browser")
    async with aiohttp.ClientSession() as http, member(http, server.url, server.token(room)) as listener:
        await listener.wait_for("subscribe-offer")
        track = next(one for one in listener.received if one.kind == "audio")
        loudest = 0
        async with asyncio.timeout(15):
            while loudest < 1000:  # of 32,768: a tone burst, not the noise of a decoder
                frame = await track.recv()
                loudest = max(loudest, int(np.abs(frame.to_ndarray()).max()))
