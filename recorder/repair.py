"""Bringing index and files together again after a crash: nothing written is lost, nothing missing is hidden."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conference.model.errors import SegmentNotFound
from conference.model.ids import RecordedTrackId
from conference.model.recording import (
    Fragment,
    Gap,
    GapReason,
    RecordedKind,
    RecordedTrack,
    RecordingState,
    Round,
    Segment,
    SegmentPlace,
    SegmentState,
)
from recorder.film_repair import adopt_film, leftover
from recorder.integrity import hash_range, pages, seal
from recorder.tail import last_frame_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conference.model.ids import RecordingId, SegmentId
    from conference.model.recording import Recording
    from conference.ports import FilmStore, RecordingStore
    from recorder.folder import FoundFile, RecordingFolder

log = logging.getLogger(__name__)

_PAGE: Final = 200


@dataclass(slots=True)
class Repaired:
    """What was done. `interrupted`: recordings that were running; whoever goes on with one calls `store.resume`.
    `recovered_bytes`: written, but not yet indexed when it ended. `failed`: the disk refused, look at the log."""

    interrupted: list[RecordingId] = field(default_factory=list)
    settled: list[SegmentId] = field(default_factory=list)
    recovered_bytes: int = 0
    missing: list[SegmentId] = field(default_factory=list)
    returned: list[SegmentId] = field(default_factory=list)
    adopted: list[SegmentId] = field(default_factory=list)
    removed: list[RecordingId] = field(default_factory=list)
    quarantined: list[RecordingId] = field(default_factory=list)
    failed: list[RecordingId] = field(default_factory=list)


async def repair(store: RecordingStore, folder: RecordingFolder, films: FilmStore | None = None) -> Repaired:
    """Run at the start of the server, before anything records. May be cut off and run again at any point. `films`: what
    is left of those that did not become ready is deleted; without it such a file is adopted."""
    done = Repaired()
    # The files first: what is begun from here on is in the index before it has a folder.
    strangers = set(await asyncio.to_thread(folder.recordings))
    last: RecordingId | None = None
    while page := await store.list(after=last, limit=_PAGE, deleted=True):
        last = page[-1].id
        segments = await store.segments([recording.id for recording in page])
        for recording in page:
            has_folder = recording.id in strangers
            strangers.discard(recording.id)
            of_recording = segments.get(recording.id, [])
            with _noting(done, recording.id):
                if recording.state is RecordingState.DELETED:
                    if has_folder:
                        await asyncio.to_thread(folder.remove, recording.id)
                        done.removed.append(recording.id)
                else:
                    await _match(store, folder, recording, of_recording, done, has_folder=has_folder, films=films)
            if recording.state is RecordingState.RECORDING:
                await _interrupt(store, recording, done)
    for stranger in sorted(strangers):
        with _noting(done, stranger):
            await asyncio.to_thread(folder.quarantine, stranger)
            log.warning("x recording %s is not in the index: put aside in the quarantine folder", stranger)
            done.quarantined.append(stranger)
    return done


@contextmanager
def _noting(done: Repaired, recording: RecordingId) -> Iterator[None]:
    """A disk that fails in one place must not keep the rest from being repaired."""
    try:
        yield
    except OSError as error:
        log.warning("x recording %s cannot be repaired: %s", recording, error)
        done.failed.append(recording)


async def _interrupt(store: RecordingStore, recording: Recording, done: Repaired) -> None:
    segments = (await store.segments([recording.id])).get(recording.id, [])
    ended_at_s = max([recording.started_at_s, *(segment.until_ms / 1000 for segment in segments)])
    await store.end(recording.id, state=RecordingState.INTERRUPTED, ended_at_s=ended_at_s)
    done.interrupted.append(recording.id)


async def _match(
    store: RecordingStore,
    folder: RecordingFolder,
    recording: Recording,
    segments: list[Segment],
    done: Repaired,
    *,
    has_folder: bool,
    films: FilmStore | None,
) -> None:
    found = await asyncio.to_thread(folder.files, recording.id) if has_folder else []
    files = {file.segment: file for file in found}
    running = recording.state is RecordingState.RECORDING
    for segment in segments:
        if segment.place is SegmentPlace.LOCAL:
            with _noting(done, recording.id):
                await _repair_segment(store, folder, segment, done, running=running, there=segment.id in files)
    for segment_id in sorted(files.keys() - {segment.id for segment in segments}):
        with _noting(done, recording.id):
            if films is None or not await leftover(films, folder, recording.id, segment_id):
                settled = await _adopt(store, folder, recording, files[segment_id], done)
                if films is not None and settled is not None:
                    await adopt_film(films, settled)


async def _repair_segment(
    store: RecordingStore, folder: RecordingFolder, segment: Segment, done: Repaired, *, running: bool, there: bool
) -> None:
    unsealed = segment.merkle_root is None
    if segment.state is SegmentState.WRITING or (segment.state is SegmentState.MISSING and there and unsealed):
        settled = await settle(store, folder, segment, lasting=running)
        done.recovered_bytes += settled.recovered_bytes
        (done.missing if settled.missing else done.settled).append(segment.id)
    elif segment.state is SegmentState.MISSING:
        if there:  # its disk is mounted again; `verify` says whether it is what it was
            await store.close_segment(segment.id, state=SegmentState.FINISHED, merkle_root=None)
            done.returned.append(segment.id)
    elif not there:
        log.warning("x segment %s of recording %s has no file", segment.id, segment.recording)
        await store.close_segment(segment.id, state=SegmentState.MISSING, merkle_root=None)
        done.missing.append(segment.id)


async def _adopt(
    store: RecordingStore, folder: RecordingFolder, recording: Recording, file: FoundFile, done: Repaired
) -> Segment | None:
    """A file of this recording that the index had not heard of; None: there is nothing in it."""
    if file.size_bytes == 0:
        await asyncio.to_thread(folder.delete, recording.id, file.segment)
        return None
    prefix, _, number = file.segment.partition("-")
    started_at_ms = round(recording.started_at_s * 1000)
    track = RecordedTrack(
        id=RecordedTrackId(f"trk-{number}"),  # the same when this is done again after being cut off
        recording=recording.id,
        kind=RecordedKind.FILM if prefix == "film" else RecordedKind.UNKNOWN,
        started_at_ms=started_at_ms,
    )
    segment = Segment(id=file.segment, recording=recording.id, track=track.id, codec="", started_at_ms=started_at_ms)
    await store.write(Round(tracks=(track,), segments=(segment,)))
    settled = await settle(store, folder, segment, lasting=False)
    done.recovered_bytes += settled.recovered_bytes
    done.adopted.append(segment.id)
    log.warning("x segment %s of recording %s was not in the index: adopted", segment.id, recording.id)
    return await store.segment(segment.id)


# ---- one segment -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """`recovered_bytes`: of the file, not indexed before. `until_ms`: where what is kept ends."""

    recovered_bytes: int = 0
    until_ms: int = 0
    missing: bool = False


async def settle(store: RecordingStore, folder: RecordingFolder, segment: Segment, *, lasting: bool) -> Settled:
    """Closes a segment whose writer has died: indexes what is in its file, then seals it as interrupted.

    `lasting`: marks a gap `crash` from its end on, for `store.resume` or a later Round to end. What the index knows and
    the file does not have (any more) stays in the index, with a gap `vanished`. Raises OSError of the disk; then
    nothing is changed.
    """
    indexed = [fragment async for page in pages(store, segment.id) for fragment in page]
    look = await asyncio.to_thread(_look, folder, segment, indexed)
    if look is None:
        log.warning("x segment %s of recording %s has no file", segment.id, segment.recording)
        until_ms = max([segment.started_at_ms, *(fragment.until_ms for fragment in indexed)])
        await store.write(Round(gaps=_crash_gap(segment, until_ms) if lasting else ()))
        await store.close_segment(segment.id, state=SegmentState.MISSING, merkle_root=None)
        return Settled(until_ms=until_ms, missing=True)
    gaps = look.gaps + (_crash_gap(segment, look.until_ms) if lasting else ())
    await store.write(Round(fragments=look.fragments, gaps=gaps))
    await seal(store, segment.id, SegmentState.INTERRUPTED)
    return Settled(recovered_bytes=look.recovered_bytes, until_ms=look.until_ms)


def _crash_gap(segment: Segment, from_ms: int) -> tuple[Gap, ...]:
    return (Gap(track=segment.track, from_ms=from_ms, until_ms=None, reason=GapReason.CRASH),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    fragments: tuple[Fragment, ...]
    gaps: tuple[Gap, ...]
    recovered_bytes: int
    until_ms: int


def _look(folder: RecordingFolder, segment: Segment, indexed: list[Fragment]) -> _Look | None:
    """What has to be written about this file; None when there is none. Blocks."""
    try:
        file, size_bytes = folder.open(segment.recording, segment.id)
    except SegmentNotFound:
        return None
    try:
        changed_at_ms = round(os.fstat(file).st_mtime * 1000)
        end = indexed[-1].end if indexed else 0
        until_ms = max([segment.started_at_ms, *(fragment.until_ms for fragment in indexed)])
        fragments = _header_again(file, indexed)
        if size_bytes > end:
            last_ms = last_frame_ms(file, end, size_bytes) if segment.codec else None
            # Without a frame that could be read, the file ends when it was written to the last time.
            ends_ms = changed_at_ms if last_ms is None else segment.started_at_ms + last_ms
            tail = _tail(file, segment, indexed, size_bytes, max(until_ms, ends_ms))
            return _Look(fragments=(*fragments, tail), gaps=(), recovered_bytes=tail.length, until_ms=tail.until_ms)
        vanished = _vanished(segment, [fragment for fragment in indexed if fragment.end > size_bytes])
        return _Look(fragments=fragments, gaps=vanished, recovered_bytes=0, until_ms=until_ms)
    finally:
        os.close(file)


def _vanished(segment: Segment, cut: list[Fragment]) -> tuple[Gap, ...]:
    if not cut:
        return ()
    reason = GapReason.VANISHED
    return (Gap(track=segment.track, from_ms=cut[0].from_ms, until_ms=cut[-1].until_ms, reason=reason),)


def _header_again(file: int, indexed: list[Fragment]) -> tuple[Fragment, ...]:
    """The header with the hash it has now, when it died between writing it anew and saying so."""
    if not indexed:
        return ()
    header = indexed[0]
    digest, length = hash_range(file, header.offset, header.length)
    if length < header.length or digest == header.sha256:
        return ()
    return (
        Fragment(
            segment=header.segment,
            number=header.number,
            offset=header.offset,
            length=header.length,
            sha256=digest,
            from_ms=header.from_ms,
            until_ms=header.until_ms,
            verified=False,
        ),
    )


def _tail(file: int, segment: Segment, indexed: list[Fragment], size_bytes: int, until_ms: int) -> Fragment:
    """The bytes behind the last indexed fragment as one fragment."""
    offset = indexed[-1].end if indexed else 0
    digest, length = hash_range(file, offset, size_bytes - offset)
    return Fragment(
        segment=segment.id,
        number=len(indexed),
        offset=offset,
        length=length,
        sha256=digest,
        from_ms=indexed[-1].until_ms if indexed else segment.started_at_ms,
        until_ms=until_ms,
        verified=False,
    )
