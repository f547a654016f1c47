"""Whether Python keeps what it has compiled: without it a start, and so a crash, takes twice as long."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Final

from server.doctor.finding import Finding, good, warning

_LARGEST: Final = ("sqlalchemy", "aiohttp")
"""Packages of many modules, whose compiling is felt."""


def check_bytecode() -> Finding:
    """Looks for the compiled modules of the largest packages; fine, too, where the next start will write them."""
    code = "bytecode"
    missing = [name for name in _LARGEST if not _is_kept(name)]
    if not missing:
        return good(code, "依赖已预编译，启动较快", "packages are compiled, so that a start is quick")
    names, place = ", ".join(missing), _origin(missing[0]).parents[1]
    return warning(
        code,
        (
            f"Python 字节码未保存（{names}），每次启动都要重新编译，用时加倍",
            f"no bytecode is kept ({names}): every start compiles anew and takes twice as long",
        ),
        (
            f"以安装者身份执行一次 `{sys.executable} -m compileall -q {place}`",
            f"run `{sys.executable} -m compileall -q {place}` once, as the user who installed it",
        ),
    )


def _is_kept(package: str) -> bool:
    kept = Path(importlib.util.cache_from_source(str(_origin(package))))
    if kept.exists():
        return True
    folder = next(folder for folder in kept.parents if folder.exists())
    return not sys.dont_write_bytecode and os.access(folder, os.W_OK)


def _origin(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{package} has no file")
    return Path(spec.origin)
