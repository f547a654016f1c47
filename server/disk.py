"""Whether the disk still takes what must be durable."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MIN_FREE_BYTES: Final = 256 * 1024**2


async def check_disk_space(data: Path) -> None:
    """Raises OSError, with a sentence for the operator, when there is next to nothing left."""
    free = shutil.disk_usage(data).free
    if free < MIN_FREE_BYTES:
        raise OSError(f"only {free // 1024**2} MiB free below {data}")
