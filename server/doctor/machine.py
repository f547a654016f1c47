"""Clock, disk, limits, codecs."""

from __future__ import annotations

import datetime
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from server.doctor.finding import Finding, fault, good, warning

_EARLIEST: Final = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
_MIN_FREE_BYTES: Final = 2 * 1024**3
_MIN_FREE_SHARE: Final = 0.10
_MIN_FILES: Final = 4096
_MIN_SOCKET_BUFFER: Final = 1_000_000
_WANTED_CODECS: Final = ("libx264:w", "libopus:w", "aac:w", "h264:r", "hevc:r", "vp8:r", "opus:r", "aac:r")
_CODEC_PROBE: Final = """
import av, sys
for wanted in sys.argv[1:]:
    name, mode = wanted.split(":")
    try:
        av.Codec(name, mode)
    except ValueError:
        print(wanted)
"""


def check_clock() -> Finding:
    """Tokens, records and lip sync all hang on it."""
    now = datetime.datetime.now(datetime.UTC)
    cure = (
        "启用时间同步：`timedatectl set-ntp true`（内网请指定本单位时间服务器）",
        "switch on time synchronisation: `timedatectl set-ntp true` (with your own time server in a closed network)",
    )
    if now < _EARLIEST:
        return fault(
            "clock", (f"系统时间明显错误：{now:%F %T} UTC", f"the clock is plainly wrong: {now:%F %T} UTC"), cure
        )
    if _ntp_synchronised() is False:
        return warning("clock", ("系统时间未与时间服务器同步", "the clock is not synchronised"), cure)
    return good("clock", f"系统时间 {now:%F %T} UTC", f"clock {now:%F %T} UTC")


def check_disk(data: Path) -> Finding:
    place = next(folder for folder in (data.absolute(), *data.absolute().parents) if folder.exists())
    if not os.access(place, os.W_OK):
        return fault(
            "disk",
            (f"数据目录 {data} 不可写", f"the data folder {data} is not writable"),
            ("更正目录属主，或修改 data 设置", "correct the folder's owner or change the setting `data`"),
        )
    usage = shutil.disk_usage(place)
    free_gib, share = usage.free / 1024**3, usage.free / usage.total
    if usage.free < _MIN_FREE_BYTES or share < _MIN_FREE_SHARE:
        return warning(
            "disk",
            (f"磁盘仅剩 {free_gib:.1f} GiB（{share:.0%}）", f"only {free_gib:.1f} GiB ({share:.0%}) free on the disk"),
            ("清理磁盘，或把 data 改到更大的磁盘", "free some space or move `data` to a larger disk"),
        )
    return good("disk", f"磁盘剩余 {free_gib:.0f} GiB", f"{free_gib:.0f} GiB free on the disk")


def check_limits() -> list[Finding]:
    found = []
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files < _MIN_FILES:
        found.append(
            warning(
                "open-files",
                (f"可打开文件数上限仅 {files}", f"the limit of open files is only {files}"),
                (
                    f"设置 `ulimit -n {_MIN_FILES}` 或 systemd 的 LimitNOFILE",
                    f"set `ulimit -n {_MIN_FILES}` or LimitNOFILE",
                ),
            )
        )
    size = _socket_buffer_limit()
    if size is not None and size < _MIN_SOCKET_BUFFER and os.geteuid() != 0:
        found.append(
            warning(
                "socket-buffer",
                (
                    f"UDP 缓冲上限 {size} 字节，突发流量会丢包",
                    f"the UDP buffer limit is {size} bytes: bursts will be lost",
                ),
                ("执行 `sysctl -w net.core.rmem_max=4194304 net.core.wmem_max=4194304`",) * 2,
            )
        )
    return found or [good("limits", "系统上限足够", "system limits suffice")]


def check_codecs() -> Finding:
    """Looks in a child: the core process never loads libav."""
    cure = (
        "重新安装依赖：`make build`（需要 av 的官方安装包）",
        "install the dependencies again: `make build` (it needs av's own wheel)",
    )
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, our own text
            [sys.executable, "-c", _CODEC_PROBE, *_WANTED_CODECS],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return fault("codecs", ("媒体库 av 无法加载", "the media library av does not load"), cure)
    missing = done.stdout.split()
    if missing:
        listed = ", ".join(missing)
        return fault("codecs", (f"缺少编解码器：{listed}", f"missing codecs: {listed}"), cure)
    return good("codecs", "编解码器齐全", "all codecs are there")


def _ntp_synchronised() -> bool | None:
    """None where this machine does not tell (containers)."""
    try:
        done = subprocess.run(
            ["timedatectl", "show", "-p", "NTPSynchronized", "--value"],  # noqa: S607 - wherever the system has it
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip())


def _socket_buffer_limit() -> int | None:
    try:
        return int(Path("/proc/sys/net/core/rmem_max").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
