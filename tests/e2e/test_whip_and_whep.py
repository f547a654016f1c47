"""Encoders publish by WHIP and players watch by WHEP, in the same room as the people."""

import asyncio
import subprocess
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, until
from tests.e2e.test_two_people import sees
from tests.fakes.server import RunningServer

pytestmark = [pytest.mark.timeout(120), pytest.mark.timed]

WHEP_PLAYER = """async ([url, token]) => {
  const peer = new RTCPeerConnection();
  peer.addTransceiver("video", { direction: "recvonly" });
  peer.addTransceiver("audio", { direction: "recvonly" });
  const video = document.createElement("video");
  video.autoplay = video.muted = true; video.style.width = "640px";
  const sound = document.createElement("audio"); sound.autoplay = true;
  document.body.replaceChildren(video, sound);
  peer.ontrack = ({ track }) => { (track.kind === "video" ? video : sound).srcObject = new MediaStream([track]); };
  await peer.setLocalDescription(await peer.createOffer());
  const answer = await fetch(url, { method: "POST", body: peer.localDescription.sdp,
    headers: { "Content-Type": "application/sdp", "Authorization": "Bearer " + token } });
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  return [answer.status, answer.headers.get("Location")];
}"""


@contextmanager
def encoder(
    server: RunningServer, room: str, looks: Looks, log: Path, *, name: str
) -> Iterator[subprocess.Popen[bytes]]:
    """ffmpeg's own WHIP muxer, H.264 without B-frames and Opus."""
    token = server.token(room, name=name)
    words = (
        f"-hide_banner -re -stream_loop -1 -i {looks.camera} -re -stream_loop -1 -i {looks.microphone}"
        " -c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -bf 0 -g 30 -pix_fmt yuv420p -b:v 800k"
        f" -c:a libopus -ar 48000 -ac 2 -f whip -authorization {token} {server.url}/whip/{room}"
    ).split()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [imageio_ffmpeg.get_ffmpeg_exe(), *words], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


async def test_an_encoder_is_seen_and_heard_in_a_browser(
    server: RunningServer, enter: Enter, looks: list[Looks], tmp_path: Path
) -> None:
    room = server.room()
    viewer = await enter("看", looks[1])
    await viewer.join(server.link(room))
    with encoder(server, room, looks[0], tmp_path / "ffmpeg.log", name="无人机一号") as process:
        await until(lambda: sees(viewer, looks[0]), timeout_s=20, what=f"the encoder's picture ({tmp_path}/ffmpeg.log)")
        assert await viewer.hears(looks[0])
        listed = {p["name"]: p for p in (await viewer.state())["participants"]}
        assert listed["无人机一号"]["kind"] == "encoder"
        assert process.poll() is None

    async def gone() -> bool:
        return [p["name"] for p in (await viewer.state())["participants"]] == ["看"]

    await until(gone, timeout_s=10, what="the encoder's DELETE ends its participant")


async def test_a_whep_player_sees_and_hears_a_person(server: RunningServer, enter: Enter, looks: list[Looks]) -> None:
    room = server.room()
    person, player = await enter("安娜", looks[0]), await enter("播放", looks[1])
    await person.join(server.link(room))
    await until(lambda: sees(person, looks[0], fps=5), timeout_s=10, what="the person is there")
    await player.page.goto(server.url + "/")
    token = server.token(room, "viewer")
    status, location = await player.page.evaluate(WHEP_PLAYER, [f"{server.url}/whep/{room}", token])
    assert status == 201
    await until(lambda: sees(player, looks[0]), timeout_s=10, what="the player decodes the person")
    assert await player.hears(looks[0])
    await asyncio.to_thread(server.api, "DELETE", location.removeprefix(server.url), bearer=token)

    async def still() -> bool:
        picture = await player.picture_of(looks[0], 1.0)
        return picture is None or picture.fps == 0

    await until(still, timeout_s=5, what="nothing more after the DELETE")


async def test_an_encoder_with_a_foreign_token_is_refused(server: RunningServer) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.api("POST", f"/whip/{server.room()}", {}, bearer=server.token(server.room("other")))
    assert refused.value.code in {401, 403}
