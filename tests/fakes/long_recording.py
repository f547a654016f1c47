"""Two hours of a camera, made in seconds: as the recorder writes them, with their rows in the index."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from conference.model.ids import RecordingId, SegmentId
from conference.model.recording import (
    Fragment,
    RecordedKind,
    RecordedTrack,
    RecordingState,
    Round,
    Segment,
    new_segment_id,
    new_track_id,
)
from recorder.integrity import seal
from recorder.worker import matroska
from recorder.worker.clusters import Clusters
from tests.fakes.recorder_rtp import film
from tests.fakes.recordings import START_MS, Shelf, begin_recording, open_shelf

FPS = 5
LOOP = 200
"""Pictures; then they begin again. Their counters are 0 to 199."""
_KEY_EVERY = 10
_CUE_MS = 1000


@dataclass(frozen=True, slots=True)
class LongRecording:
    recording: RecordingId
    segment: SegmentId
    seconds: int


async def make_long_recording(data: Path, hours: float) -> LongRecording:
    """In the data folder of a server that does not run."""
    seconds = round(hours * 3600)
    async with open_shelf(data) as shelf:
        recording = await begin_recording(shelf)
        segment = new_segment_id()
        track = RecordedTrack(
            id=new_track_id(), recording=recording, kind=RecordedKind.VIDEO, started_at_ms=START_MS, name="李娜"
        )
        row = Segment(
            id=segment,
            recording=recording,
            track=track.id,
            codec="vp8",
            started_at_ms=START_MS,
            until_ms=START_MS + seconds * 1000,
            width=320,
            height=180,
        )
        await shelf.store.write(Round(tracks=(track,), segments=(row,)))
        await shelf.store.write(Round(fragments=tuple(_write(shelf, recording, segment, seconds))))
        await seal(shelf.store, segment)
        await shelf.store.end(recording, state=RecordingState.FINISHED, ended_at_s=START_MS / 1000 + seconds)
    return LongRecording(recording, segment, seconds)


def _write(shelf: Shelf, recording: RecordingId, segment: SegmentId, seconds: int) -> list[Fragment]:
    coded = film("vp8", LOOP, gop=_KEY_EVERY, fps=FPS)
    info = matroska.TrackInfo("vp8", b"", 320, 180, "李娜", START_MS, bytes(16))
    clusters, cues = Clusters(START_MS, split_at_keys=True), matroska.Cues(_CUE_MS)
    head = matroska.header(info)
    parts, size = [head], len(head)
    fragments = [_fragment(segment, 0, 0, head, 0)]
    fd = shelf.folder.create(recording, segment)
    for number in range(seconds * FPS + 1):
        last = number == seconds * FPS
        one = coded[number % LOOP]
        ended = (
            clusters.take()
            if last
            else clusters.add(START_MS * 1000 + number * 1_000_000 // FPS, one.data, key=one.key)
        )
        if ended is None:
            continue
        if ended.key:
            cues.add(ended.from_ms, size)
        fragments.append(_fragment(segment, len(fragments), size, ended.data, ended.from_ms))
        parts.append(ended.data)
        size += len(ended.data)
    tail = cues.element(matroska.segment_begin(head))
    fragments.append(_fragment(segment, len(fragments), size, tail, seconds * 1000))
    ending = matroska.Ending(seconds * 1000, size + len(tail), size)
    with os.fdopen(fd, "wb") as file:
        file.write(b"".join([matroska.header(info, ending), *parts[1:], tail]))
    fragments[0] = _fragment(segment, 0, 0, matroska.header(info, ending), 0)
    return fragments


def _fragment(segment: SegmentId, number: int, offset: int, data: bytes, at_ms: int) -> Fragment:
    return Fragment(
        segment=segment,
        number=number,
        offset=offset,
        length=len(data),
        sha256=hashlib.sha256(data).digest(),
        from_ms=START_MS + at_ms,
        until_ms=START_MS + at_ms,
    )
