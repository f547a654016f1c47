"""`huishang recording list | verify`: what there is, and whether it is still what was recorded."""

from __future__ import annotations

import json
import sys
from contextlib import AsyncExitStack, closing
from datetime import datetime
from typing import TYPE_CHECKING, Final

from conference.model.errors import Text
from conference.model.ids import RecordingId
from conference.model.recording import RecordingState
from conference.store import SqlRecordingStore, open_database
from conference.store.database import database_url
from recorder.folder import RecordingFolder
from recorder.integrity import Damage, verify
from server.storage import storage_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator

    from conference.model.recording import Recording
    from config import Settings
    from recorder.integrity import Finding, Verdict
    from recorder.storage import ObjectStorage

_PAGE: Final = 200
_MIB: Final = 1024 * 1024
_STATES: Final = {
    RecordingState.RECORDING: Text("录制中", "recording"),
    RecordingState.FINISHED: Text("已完成", "finished"),
    RecordingState.INTERRUPTED: Text("中断", "interrupted"),
    RecordingState.DELETED: Text("已删除", "deleted"),
}
_DAMAGES: Final = {
    Damage.CHANGED: Text("内容已被改动", "is not what was recorded"),
    Damage.SHORT: Text("文件在此之前就已结束", "the file ends before it"),
    Damage.EXTRA: Text("文件末尾多出内容", "has bytes behind its end"),
    Damage.INDEX: Text("索引与封存的校验根不符", "the index does not match the sealed root"),
    Damage.MISSING: Text("文件不存在", "has no file"),
    Damage.UNREADABLE: Text("磁盘或对象存储读取失败", "the disk or the object storage cannot read it"),
}


async def run_recording_command(settings: Settings, options: argparse.Namespace) -> int:
    """The exit code: 0 done and whole, 1 damage was found. Raises RecordingNotFound."""
    url = database_url(settings.database.url, settings.data)
    async with open_database(url, pool_size=1) as database:
        store = SqlRecordingStore(database)
        if options.words == "list":
            return await _list(store, as_json=options.json, deleted=options.deleted)
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(closing(RecordingFolder.open_at(settings.recordings_folder)))
            storage = await stack.enter_async_context(storage_of(settings, store=store, folder=folder))
            return await _verify(store, folder, storage, options)


async def _list(store: SqlRecordingStore, *, as_json: bool, deleted: bool) -> int:
    recordings = [recording async for recording in _every(store, deleted=deleted)]
    if as_json:
        print(json.dumps([_as_json(recording) for recording in recordings], ensure_ascii=False))
    elif not recordings:
        print("没有录像 · there are no recordings")
    for recording in () if as_json else recordings:
        print(_line(recording))
    return 0


async def _every(store: SqlRecordingStore, *, deleted: bool = False) -> AsyncIterator[Recording]:
    last: RecordingId | None = None
    while page := await store.list(after=last, limit=_PAGE, deleted=deleted):
        for recording in page:
            yield recording
        last = page[-1].id


def _as_json(recording: Recording) -> dict[str, object]:
    return {
        "id": recording.id,
        "room": recording.room,
        "roomName": recording.room_name,
        "startedAt": recording.started_at_s,
        "endedAt": recording.ended_at_s,
        "startedBy": recording.started_by_name,
        "automatic": recording.automatic,
        "state": recording.state.value,
        "sizeBytes": recording.size_bytes,
        "legalHold": recording.legal_hold,
        "deletedAt": recording.deleted_at_s,
        "deletedBy": recording.deleted_by,
        "deletedReason": recording.deleted_reason.value if recording.deleted_reason is not None else None,
        "deletedNote": recording.deleted_note,
    }


def _line(recording: Recording) -> str:
    began = datetime.fromtimestamp(recording.started_at_s).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    state = _STATES[recording.state]
    held = "  依法保全 · legal hold" if recording.legal_hold else ""
    size = f"{recording.size_bytes / _MIB:9.1f} MiB"
    return f"{recording.id}  {began}  {size}  {state.zh} · {state.en}{held}  {recording.room_name}"


async def _verify(
    store: SqlRecordingStore, folder: RecordingFolder, storage: ObjectStorage | None, options: argparse.Namespace
) -> int:
    if options.all:
        recordings = [recording async for recording in _every(store)]
    else:
        recordings = [await store.get(RecordingId(options.id))]
    progress = _Progress(sum(recording.size_bytes for recording in recordings))
    verdicts = []
    for recording in recordings:
        verdict = await verify(store, folder, recording.id, storage=storage, progress=progress.add)
        verdicts.append(verdict)
        progress.clear()
        if not options.json:
            print("\n".join(_verdict_lines(verdict)), flush=True)
    if options.json:
        print(json.dumps([_verdict_json(verdict) for verdict in verdicts]))
    elif not verdicts:
        print("没有录像 · there are no recordings")
    return 0 if all(verdict.whole for verdict in verdicts) else 1


class _Progress:
    """One line that is written over, for somebody who watches; nothing in a pipe or a log."""

    def __init__(self, total_bytes: int) -> None:
        self._total = max(1, total_bytes)
        self._done = 0
        self._shown = sys.stderr.isatty()

    def add(self, count: int) -> None:
        self._done += count
        if self._shown:
            share = min(100, self._done * 100 // self._total)
            print(f"\r{share:3d} %  {self._done / _MIB:.0f} MiB\x1b[K", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _verdict_lines(verdict: Verdict) -> list[str]:
    read = f"{verdict.segments - verdict.elsewhere} 个文件、{verdict.fragments} 段、{verdict.read_bytes / _MIB:.1f} MiB"
    files = f"{verdict.segments - verdict.elsewhere} files, {verdict.fragments} fragments"
    result = Text("完好", "whole") if verdict.whole else Text("已损坏", "DAMAGED")
    mark = "+" if verdict.whole else "x"
    lines = [f"{mark} {verdict.recording}  {result.zh}：{read} · {result.en}: {files}"]
    lines += [f"    {_finding_text(finding)}" for finding in verdict.findings]
    if verdict.elsewhere:
        lines.append(f"    {verdict.elsewhere} 个文件在对象存储中，未读取 · files in object storage were not read")
    if verdict.unverified:
        lines.append(f"    {verdict.unverified} 段由修复程序补登 · fragments were indexed by the repair")
    return lines


def _finding_text(finding: Finding) -> str:
    said = _DAMAGES[finding.damage]
    if finding.number is None:
        return f"{finding.segment}  {said.zh} · {said.en}"
    zh = f"第 {finding.number} 段（偏移 {finding.offset}）{said.zh}"
    return f"{finding.segment}  {zh} · fragment {finding.number} at offset {finding.offset}: {said.en}"


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    return {
        "id": verdict.recording,
        "whole": verdict.whole,
        "segments": verdict.segments,
        "elsewhere": verdict.elsewhere,
        "fragments": verdict.fragments,
        "unverified": verdict.unverified,
        "readBytes": verdict.read_bytes,
        "findings": [
            {
                "segment": finding.segment,
                "damage": finding.damage.value,
                "fragment": finding.number,
                "offset": finding.offset,
            }
            for finding in verdict.findings
        ],
    }
