"""The bytes of recordings: one segment, whole or a range of it; all of them as a ZIP."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from aiohttp import web
from aiohttp.helpers import ETag

from conference.model.errors import (
    HuishangError,
    MessageInvalid,
    RecordingDeleted,
    RecordingNotFound,
    SegmentNotFound,
    StorageUnavailable,
)
from conference.model.ids import SegmentId
from conference.model.recording import Segment, SegmentState
from signaling.errors import FileChanged, RangeUnsatisfiable, RecordingsOff, TooManyDownloads
from signaling.operation import Access, Answer, Call, Handler, Operation, Query
from signaling.recordings.archive import archive as zip_of
from signaling.recordings.file_names import archive_name, attachment, media_type, segment_name, suffix
from signaling.recordings.library import OpenSegment
from signaling.recordings.ranges import EntityTag, Span, matches, same_for_range, span_of
from signaling.recordings.stream import pieces_of, send

PIECE_BYTES: Final = 256 * 1024
"""Of a file that a page plays: a browser has six connections to a server, and would keep one busy for each picture."""


async def segment(call: Call) -> web.StreamResponse:
    return await serve(call, call.segment)


async def serve(call: Call, wanted: SegmentId) -> web.StreamResponse:
    """The bytes of a segment or film of the path's recording. Raises as `Library.open_segment`, MessageInvalid,
    TooManyDownloads, RangeUnsatisfiable, FileChanged."""
    download = _download(call)
    with call.edge.downloads.take() as free:
        if not free:
            raise TooManyDownloads
        opened = await call.library.open_segment(call.recording, wanted)
        try:
            return await _answer(call, opened, download=download)
        finally:
            await opened.close()


async def archive(call: Call) -> web.StreamResponse:
    recording = call.recording
    with call.edge.downloads.take() as free:
        if not free:
            raise TooManyDownloads
        contents = await call.library.get(recording)
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/zip",
                "Content-Disposition": attachment(archive_name(contents.recording), f"{recording}.zip"),
                "Accept-Ranges": "none",
            }
        )
        if call.request.method == "HEAD":
            return response
        open_segment = partial(call.library.open_segment, recording)
        await send(call.request, response, zip_of(contents, open_segment, made_at_s=call.edge.wall_s()))
        return response


async def _answer(call: Call, opened: OpenSegment, *, download: bool) -> web.StreamResponse:
    request, size_bytes = call.request, opened.size_bytes
    tag = _entity_tag(opened.segment, size_bytes)
    headers = {"ETag": str(tag), "Accept-Ranges": "bytes"}
    if request.if_match is not None and not matches(tag, _tags(request.if_match), strong=True):
        raise FileChanged
    if request.if_none_match is not None and matches(tag, _tags(request.if_none_match), strong=False):
        return web.Response(status=304, headers=headers)
    span = _span(request, tag, size_bytes)
    if download:
        name = segment_name(opened.recording, opened.track, opened.segment)
        headers["Content-Disposition"] = attachment(name, opened.segment.id + suffix(opened.track.kind))
    if span is not None:
        headers["Content-Range"] = span.content_range(size_bytes)
    response = web.StreamResponse(status=200 if span is None else 206, headers=headers)
    response.content_type = media_type(opened.track.kind)
    response.content_length = size_bytes if span is None else span.length
    if request.method != "HEAD":
        await send(request, response, pieces_of(opened, span or Span(0, size_bytes)))
    return response


def _span(request: web.Request, tag: EntityTag, size_bytes: int) -> Span | None:
    """What is to be sent of it, None: all. HEAD knows no ranges (RFC 9110 section 14.2)."""
    if request.method == "HEAD" or not same_for_range(tag, request.headers.get("If-Range")):
        return None
    ranges = request.headers.getall("Range", [])
    if request.query.get("download") == "1":
        return span_of(ranges, size_bytes)
    return span_of(ranges, size_bytes, open_ended_bytes=PIECE_BYTES)


def _entity_tag(described: Segment, size_bytes: int) -> EntityTag:
    """Strong when the file does not change any more: its root. Weak while it is being written: its size grows, and its
    header is written anew at the end."""
    if described.merkle_root is not None and described.state is not SegmentState.WRITING:
        return EntityTag(described.merkle_root.hex(), weak=False)
    return EntityTag(f"{described.id}-{described.state.value}-{size_bytes}", weak=True)


def _tags(listed: Iterable[ETag]) -> list[tuple[str, bool]]:
    return [(tag.value, tag.is_weak) for tag in listed]


def _download(call: Call) -> bool:
    raw = call.request.query.get("download", "0")
    if raw not in ("0", "1"):
        raise MessageInvalid("download takes 0 or 1")
    return raw == "1"


_BYTES_ERRORS: Final = (SegmentNotFound, RecordingNotFound, RecordingDeleted, TooManyDownloads, RecordingsOff)
_DOWNLOAD: Final = Query(
    name="download", text="1: as an attachment with a name for people", schema={"type": "string", "enum": ["0", "1"]}
)


def bytes_operation(
    *,
    path: str,
    id: str,  # noqa: A002 - as `Operation` calls it
    summary: str,
    handler: Handler,
    content_type: str,
    text: str = "All of it. Also for several ranges",
    errors: tuple[type[HuishangError], ...] = (),
) -> Operation:
    """A file with ranges and preconditions, for the administrator's key or a ticket."""
    return Operation(
        method="GET",
        path=path,
        id=id,
        summary=summary,
        access=Access.RECORDING,
        handler=handler,
        query=(_DOWNLOAD,),
        headers=("Range", "If-Range"),
        answers=(
            Answer(
                status=200,
                text=text,
                content_type=content_type,
                headers=("ETag", "Accept-Ranges", "Content-Disposition"),
            ),
            Answer(
                status=206,
                text="The range",
                content_type=content_type,
                headers=("ETag", "Accept-Ranges", "Content-Range", "Content-Disposition"),
            ),
            Answer(status=304, text="It is as If-None-Match says", headers=("ETag",)),
        ),
        errors=(MessageInvalid, RangeUnsatisfiable, FileChanged, StorageUnavailable, *_BYTES_ERRORS, *errors),
    )


OPERATIONS: Final = (
    bytes_operation(
        path="/api/v1/recordings/{recording}/segments/{segment}",
        id="getSegment",
        summary="The bytes of a segment or film, whole or one range; one that is still being written as far as indexed",
        handler=segment,
        content_type="video/x-matroska",
        text="All of it; audio/x-matroska for sound, video/mp4 for a film. Also for several ranges",
    ),
    Operation(
        method="GET",
        path="/api/v1/recordings/{recording}/archive",
        id="getRecordingArchive",
        summary="All segments and films with a manifest as a ZIP that is made while it is being sent",
        access=Access.RECORDING,
        handler=archive,
        answers=(
            Answer(status=200, text="The archive", content_type="application/zip", headers=("Content-Disposition",)),
        ),
        errors=_BYTES_ERRORS,
    ),
)
