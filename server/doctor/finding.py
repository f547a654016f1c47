"""What the doctor says: a stable code, what is the matter, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`zh`/`en`: what was seen. `cure_zh`/`cure_en`: what to do, empty when all is well."""

    code: str
    level: Level
    zh: str
    en: str
    cure_zh: str = ""
    cure_en: str = ""


def good(code: str, zh: str, en: str) -> Finding:
    return Finding(code=code, level=Level.GOOD, zh=zh, en=en)


def warning(code: str, what: tuple[str, str], cure: tuple[str, str]) -> Finding:
    return Finding(code=code, level=Level.WARNING, zh=what[0], en=what[1], cure_zh=cure[0], cure_en=cure[1])


def fault(code: str, what: tuple[str, str], cure: tuple[str, str]) -> Finding:
    return Finding(code=code, level=Level.FAULT, zh=what[0], en=what[1], cure_zh=cure[0], cure_en=cure[1])
