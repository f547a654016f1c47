"""Disks of a test's own, in memory or in a file: to be filled, to be frozen. Only root may mount."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def may_mount() -> bool:
    return os.geteuid() == 0


@dataclass(frozen=True)
class SmallDisk:
    """`folder` is where it is mounted."""

    folder: Path

    @property
    def free_bytes(self) -> int:
        status = os.statvfs(self.folder)
        return status.f_bavail * status.f_frsize

    def fill(self, left_bytes: int) -> None:
        """Somebody else's file takes all but so much; 0: up to the last byte, all the time."""
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            while (room := self.free_bytes - left_bytes) > 0:
                try:
                    ballast.write(bytes(min(room, 1 << 20)))
                except OSError:
                    return

    def clear(self) -> None:
        """That file is deleted."""
        (self.folder / "ballast").unlink()

    def freeze(self) -> None:
        """Every write waits until `thaw`, as when a disk hangs."""
        subprocess.run(["fsfreeze", "-f", str(self.folder)], check=True)

    def thaw(self) -> None:
        """Harmless when it is not frozen."""
        subprocess.run(["fsfreeze", "-u", str(self.folder)], check=False, stderr=subprocess.DEVNULL)


@contextmanager
def memory_disk(folder: Path, size_mib: int) -> Iterator[SmallDisk]:
    """A tmpfs."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(folder)], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def image_disk(folder: Path, size_mib: int) -> Iterator[SmallDisk]:
    """ext4 in a file."""
    folder.mkdir()
    image = folder.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(size_mib << 20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    disk = SmallDisk(folder)
    try:
        yield disk
    finally:
        disk.thaw()
        subprocess.run(["umount", str(folder)], check=True)
        image.unlink()
