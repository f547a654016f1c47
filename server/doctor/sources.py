"""What sources need: their ports, and a kernel that can confine what reads them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from conference.children.confinement import features
from server.doctor.finding import Finding, good, warning
from server.doctor.network import bind_error, port_fault

if TYPE_CHECKING:
    from config.settings import SourceSettings


def check_push_ports(settings: SourceSettings, *, running: bool) -> list[Finding]:
    """A taken port costs its own protocol only, so it is told before a drone is in the air."""
    if running:
        return []
    doors = (
        (settings.rtmp, socket.SOCK_STREAM, settings.rtmp_host, settings.rtmp_port, "RTMP", "TCP", "sources.rtmp_port"),
        (settings.srt, socket.SOCK_DGRAM, settings.srt_host, settings.srt_port, "SRT", "UDP", "sources.srt_port"),
    )
    found = []
    for wanted, kind, host, port, protocol, carrier, key in doors:
        if not wanted:
            continue
        refused = bind_error(kind, host, port)
        found.append(
            good("push-port", f"{protocol} 推流端口 {port} 可用", f"{protocol} push port {port} is free")
            if refused is None
            else port_fault("push-port", key, f"{carrier} {port}", refused)
        )
    return found


def check_confinement() -> Finding:
    """Cameras' bytes are read in processes that can reach nothing."""
    missing = features().missing
    if not missing:
        return good("confinement", "信源读取进程可完全隔离", "processes that read sources are fully confined")
    listed = ", ".join(missing)
    return warning(
        "confinement",
        (f"本机内核缺少隔离手段：{listed}", f"this kernel lacks means of confinement: {listed}"),
        ("升级到 Linux 6.7 或更新的内核", "use Linux 6.7 or newer"),
    )
