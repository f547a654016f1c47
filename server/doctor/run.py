"""All checks in order, and how they are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from server.doctor.bytecode import check_bytecode
from server.doctor.certificate import check_certificate
from server.doctor.finding import Finding, Level
from server.doctor.machine import check_clock, check_codecs, check_disk, check_limits
from server.doctor.network import check_advertised, check_http_port, check_media_ports, check_udp
from server.doctor.sources import check_confinement, check_push_ports
from server.doctor.storage import check_storage

if TYPE_CHECKING:
    from config import Settings

_MARK: Final = {Level.GOOD: "✓", Level.WARNING: "!", Level.FAULT: "✗"}


def examine(settings: Settings) -> list[Finding]:
    """Runs every check; none of them leaves anything changed."""
    page = check_http_port(settings.http)
    running = page.level is Level.GOOD and "Huishang" in page.en
    return [
        page,
        *check_media_ports(settings.media, running=running),
        *check_push_ports(settings.sources, running=running),
        check_udp(),
        *check_advertised(settings.media),
        *check_certificate(settings.http, settings.data),
        check_clock(),
        check_disk(settings.data),
        *check_limits(),
        *check_storage(settings.recording.s3),
        check_codecs(),
        check_bytecode(),
        check_confinement(),
    ]


def report(findings: list[Finding], *, as_json: bool) -> str:
    if as_json:
        return "\n".join(json.dumps({**vars(f), "level": f.level.value}, ensure_ascii=False) for f in findings)
    lines = []
    for finding in findings:
        lines.append(f"{_MARK[finding.level]} {finding.zh}\n  {finding.en}")
        if finding.cure_zh:
            lines.append(f"  → {finding.cure_zh}\n  → {finding.cure_en}")
    faults = sum(finding.level is Level.FAULT for finding in findings)
    warnings = sum(finding.level is Level.WARNING for finding in findings)
    lines.append(f"\n{faults} 个故障，{warnings} 个提醒 · {faults} faults, {warnings} warnings")
    return "\n".join(lines)
