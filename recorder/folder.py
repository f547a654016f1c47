"""The folder of recordings: every access to their files goes through here and stays beneath one descriptor.

<root>/<recording id>/<segment id>.mkv (a film: .mp4), and <root>/quarantine for what nobody knows. A name reaches the
file system only if it is an id of ours by its form; links are never followed. Calls block (they wait for the disk) and
may be made from any thread: the event loop calls them by `asyncio.to_thread`.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from conference.model.errors import RecordingNotFound, SegmentNotFound
from conference.model.ids import RecordingId, SegmentId
from conference.model.recording import is_recording_id, is_segment_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_ENTRIES: Final = 100_000
"""Listed of one folder. A recording of 500 tracks that reconnect hourly for a week has fewer."""
_QUARANTINE: Final = "quarantine"
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a FIFO put there must not hold us up
_NOT_A_FILE: Final = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR})


@dataclass(frozen=True, slots=True)
class Space:
    """Of the file system: what is left for this user, and all of it."""

    free_bytes: int
    total_bytes: int

    @property
    def free_share(self) -> float:
        return self.free_bytes / self.total_bytes if self.total_bytes else 0.0


@dataclass(frozen=True, slots=True)
class FoundFile:
    """`changed_at_s`: when it was last written to, Unix time."""

    segment: SegmentId
    size_bytes: int
    changed_at_s: float


class RecordingFolder:
    """Raises SegmentNotFound or RecordingNotFound for what is not there or has no form of ours, OSError for what the
    disk refuses. Made by `open_at`; `close` when done."""

    def __init__(self, root: int) -> None:
        self._root = root

    @classmethod
    def open_at(cls, path: Path) -> Self:
        """Makes the folder when it is not there; only this user may enter it."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The path is the operator's, who may have made it a link to another disk; beneath it no link is followed.
        return cls(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def close(self) -> None:
        if self._root >= 0:
            os.close(self._root)
            self._root = -1

    # ---- files ------------------------------------------------------------------------------------------------------

    def create(self, recording: RecordingId, segment: SegmentId) -> int:
        """A new empty file: a descriptor to read and write, the caller's to close. Its name survives a power cut.

        Raises FileExistsError: an id is used once.
        """
        name = file_name(segment)
        _check(recording)
        with suppress(FileExistsError):
            os.mkdir(recording, 0o700, dir_fd=self._root)
            os.fsync(self._root)
        with self._inside(recording) as folder:
            made = os.open(name, _NEW, 0o600, dir_fd=folder)
            try:
                os.fsync(folder)
            except OSError:
                os.close(made)
                raise
        return made

    def open(self, recording: RecordingId, segment: SegmentId) -> tuple[int, int]:
        """A descriptor to read, the caller's to close, and the size in bytes."""
        name = file_name(segment)
        try:
            with self._inside(recording) as folder:
                opened = os.open(name, _OLD, dir_fd=folder)
        except RecordingNotFound:
            raise SegmentNotFound(segment) from None
        except OSError as error:
            if error.errno in _NOT_A_FILE:
                raise SegmentNotFound(segment) from None
            raise
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            os.close(opened)
            raise SegmentNotFound(segment)
        return opened, status.st_size

    def create_successor(self, recording: RecordingId, segment: SegmentId) -> int:
        """A new empty file that may take this one's place: a descriptor to read and write, the caller's to close. What
        an earlier attempt has left is deleted. Raises RecordingNotFound, OSError."""
        name = _successor(segment)
        with self._inside(recording) as folder:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            return os.open(name, _NEW, 0o600, dir_fd=folder)

    def succeed(self, recording: RecordingId, segment: SegmentId) -> None:
        """The successor takes the file's place: whoever opens it gets the one or the other, whole. Raises
        RecordingNotFound, OSError."""
        with self._inside(recording) as folder:
            os.rename(_successor(segment), file_name(segment), src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)

    def forget_successor(self, recording: RecordingId, segment: SegmentId) -> None:
        """One that is not needed. Idempotent."""
        with suppress(RecordingNotFound, FileNotFoundError), self._inside(recording) as folder:
            os.unlink(_successor(segment), dir_fd=folder)

    def scratch(self) -> int:
        """A file without a name on the disk of the recordings: a descriptor to read and write, the caller's to close;
        with it the file is gone. Raises OSError."""
        name = f"scratch-{secrets.token_hex(8)}"  # no id of ours: what a power cut leaves is not taken for a recording
        made = os.open(name, _NEW, 0o600, dir_fd=self._root)
        os.unlink(name, dir_fd=self._root)
        return made

    def delete(self, recording: RecordingId, segment: SegmentId) -> None:
        """Idempotent."""
        name = file_name(segment)
        with suppress(RecordingNotFound, FileNotFoundError), self._inside(recording) as folder:
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)

    def quarantine(self, recording: RecordingId) -> None:
        """Puts a whole recording's folder aside, where nothing serves, lists or deletes it."""
        _check(recording)
        with suppress(FileExistsError):
            os.mkdir(_QUARANTINE, 0o700, dir_fd=self._root)
        aside = os.open(_QUARANTINE, _FOLDER, dir_fd=self._root)
        try:
            os.rename(recording, recording, src_dir_fd=self._root, dst_dir_fd=aside)
            os.fsync(aside)
            os.fsync(self._root)
        finally:
            os.close(aside)

    # ---- recordings -------------------------------------------------------------------------------------------------

    def recordings(self) -> list[RecordingId]:
        """Those that have a folder, in the order of their names."""
        # A descriptor of its own: the position in a listing belongs to it, and two threads may list at once.
        listed = os.open(".", _FOLDER, dir_fd=self._root)
        try:
            return [RecordingId(name) for name in _names(listed) if is_recording_id(name)]
        finally:
            os.close(listed)

    def files(self, recording: RecordingId) -> list[FoundFile]:
        """Its files in the order of their names; none when it has no folder. Links and the like are no files."""
        found = []
        with suppress(RecordingNotFound), self._inside(recording) as folder:
            for name in _names(folder):
                segment, _, _ = name.partition(".")
                if not is_segment_id(segment) or name != file_name(SegmentId(segment)):
                    continue
                with suppress(FileNotFoundError):
                    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        found.append(FoundFile(SegmentId(segment), status.st_size, status.st_mtime))
        return found

    def remove(self, recording: RecordingId) -> None:
        """Its folder with all that is in it; folders inside, which nobody of us makes, are an OSError. Idempotent."""
        _check(recording)
        with suppress(RecordingNotFound):
            with self._inside(recording) as folder:
                for name in _names(folder):
                    with suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=folder)
            with suppress(FileNotFoundError):
                os.rmdir(recording, dir_fd=self._root)
            os.fsync(self._root)

    def space(self) -> Space:
        status = os.fstatvfs(self._root)
        return Space(status.f_bavail * status.f_frsize, status.f_blocks * status.f_frsize)

    @contextmanager
    def _inside(self, recording: RecordingId) -> Iterator[int]:
        _check(recording)
        try:
            folder = os.open(recording, _FOLDER, dir_fd=self._root)
        except OSError as error:
            if error.errno in _NOT_A_FILE:
                raise RecordingNotFound(recording) from None
            raise
        try:
            yield folder
        finally:
            os.close(folder)


def _check(recording: RecordingId) -> None:
    if not is_recording_id(recording):
        raise RecordingNotFound


def file_name(segment: SegmentId) -> str:
    """Raises SegmentNotFound for what has no form of ours."""
    if not is_segment_id(segment):
        raise SegmentNotFound
    return f"{segment}.mp4" if segment.startswith("film-") else f"{segment}.mkv"


def _successor(segment: SegmentId) -> str:
    """No id of ours: it is not taken for a recorded file."""
    return f"next-{file_name(segment)}"


def _names(folder: int) -> list[str]:
    """Raises OSError when there are more than MAX_ENTRIES: part of a listing would pass for all of it."""
    names: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if len(names) >= MAX_ENTRIES:
                raise OSError(errno.E2BIG, f"more than {MAX_ENTRIES} files in a folder of recordings")
            names.append(entry.name)
    return sorted(names)
