"""People whose pictures carry a counter and whose sound comes in bursts, both by the host's clock: what is recorded of
them can be compared with when it happened."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from tests.fakes.member import Member, connected
from tests.fakes.pictures import BURST_S, PAUSE_S, frame

FPS = 15
WIDTH, HEIGHT = 320, 180
_RATE_HZ = 48_000
_PIECE = 960


class CounterTrack(MediaStreamTrack):
    """Picture number `counter` is due at `begun_s + counter / FPS`, Unix time."""

    kind = "video"

    def __init__(self, begun_s: float, hue: int) -> None:
        super().__init__()
        self._begun_s = begun_s
        self._hue = hue
        self._next = 0

    async def recv(self) -> av.VideoFrame:
        counter = max(self._next, int((time.time() - self._begun_s) * FPS))
        await asyncio.sleep(max(self._begun_s + counter / FPS - time.time(), 0))
        self._next = counter + 1
        picture = av.VideoFrame.from_ndarray(frame(counter, width=WIDTH, height=HEIGHT, hue=self._hue), "bgr24")
        picture.pts, picture.time_base = round(counter * 90_000 / FPS), Fraction(1, 90_000)
        return picture


class BurstTrack(MediaStreamTrack):
    """A tone for `BURST_S`, then nothing for `PAUSE_S`, by turns from `begun_s` on."""

    kind = "audio"

    def __init__(self, begun_s: float, tone_hz: float) -> None:
        super().__init__()
        self._begun_s = begun_s
        self._tone_hz = tone_hz
        self._next = int((time.time() - begun_s) * _RATE_HZ) // _PIECE + 1

    async def recv(self) -> av.AudioFrame:
        first = self._next * _PIECE
        self._next += 1
        await asyncio.sleep(max(self._begun_s + (first + _PIECE) / _RATE_HZ - time.time(), 0))
        at_s = (first + np.arange(_PIECE)) / _RATE_HZ
        sound = np.sin(2 * np.pi * self._tone_hz * at_s) * (at_s % (BURST_S + PAUSE_S) < BURST_S)
        piece = av.AudioFrame.from_ndarray((sound * 0.4 * 32767).astype(np.int16)[None], format="s16", layout="mono")
        piece.sample_rate = _RATE_HZ
        piece.pts, piece.time_base = first, Fraction(1, _RATE_HZ)
        return piece


async def publish(
    seat: Member, offer: int, *, begun_s: float, codec: str, hue: int, tone_hz: float
) -> RTCPeerConnection:
    """Over a connection of its own, which takes the place of an earlier one. `offer` counts them. `codec`: H264 or
    VP8."""
    up = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    camera = up.addTransceiver(CounterTrack(begun_s, hue), direction="sendonly")
    offered = [one for one in RTCRtpSender.getCapabilities("video").codecs if one.name == codec]
    camera.setCodecPreferences(offered)
    microphone = up.addTransceiver(BurstTrack(begun_s, tone_hz), direction="sendonly")
    await up.setLocalDescription(await up.createOffer())
    tracks = [{"mid": camera.mid, "source": "camera"}, {"mid": microphone.mid, "source": "microphone"}]
    await seat.say("publish-offer", offer=offer, sdp=up.localDescription.sdp, tracks=tracks)
    answer = await seat.wait_for("publish-answer")
    await up.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
    await connected(up)
    return up
