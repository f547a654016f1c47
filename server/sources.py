"""The part of the composition that is about sources: doors for publishers, children, the desk."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from conference.media.candidates import own_addresses
from conference.model.source import SourceKind
from conference.source_desk import SourceDesk
from conference.sources import words
from conference.sources.address import AddressPolicy
from conference.sources.data_log import DataLog
from conference.sources.gates import Admitted, Gates, Refused
from conference.sources.nursery import SourceNursery
from conference.sources.supervisor import Sources
from conference.store import Sealer, SqlSourceStore
from server.tls import certificate_files
from signaling.desks import SourcePorts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conference.media.plane import Plane
    from conference.model.ids import SourceId
    from conference.ports import Clock
    from conference.service import Conference
    from conference.store import Database
    from config import Settings
    from config.settings import SourceSettings

log = logging.getLogger("huishang")


@asynccontextmanager
async def open_sources(
    settings: Settings,
    *,
    database: Database,
    seal_secret: str,
    plane: Plane,
    conference: Conference,
    clock: Clock,
) -> AsyncIterator[tuple[SourceDesk, SourcePorts]]:
    """Sources at work for as long as the block lasts."""
    of = settings.sources
    nursery = SourceNursery(
        limits=words.Limits(memory_bytes=of.child_memory_bytes, cpu_share=of.child_cpu_share),
        quality=words.Quality(
            max_height=of.transcode_max_height,
            max_fps=of.transcode_max_fps,
            max_bitrate_bps=of.transcode_max_bitrate_bps,
        ),
    )
    gates = _open_doors(settings, nursery)
    sources = Sources(
        store=SqlSourceStore(database, Sealer(seal_secret)),
        plane=plane,
        nursery=nursery,
        gates=gates,
        policy=AddressPolicy(
            networks=of.allow_networks,
            exact=of.exact_addresses,
            own=lambda: set(own_addresses(loopback=True)) | set(settings.media.advertise_ips),
        ),
        settings=of,
        data_log=DataLog(settings.data / "sources"),
        clock=clock,
    )
    desk = SourceDesk(sources=sources, conference=conference, clock=clock)
    await desk.open()
    ports = {kind: port for door in gates for kind, port in door.ports.items()}
    try:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(desk.run(), name="sources")
            try:
                yield (
                    desk,
                    SourcePorts(rtmp=ports.get(SourceKind.RTMP), srt=ports.get(SourceKind.SRT), tls=settings.http.tls),
                )
            finally:
                serving.cancel()
    finally:
        for door in gates:
            door.close()


def _open_doors(settings: Settings, nursery: SourceNursery) -> list[Gates]:
    """A port that is taken costs its own protocol and nothing else: the meeting must start."""
    of = settings.sources
    certificate, key = certificate_files(settings.http, settings.data) if settings.http.tls else (None, None)
    doors = []
    for kind, place in _places(of):
        try:
            doors.append(
                Gates(
                    nursery,
                    rtmp=place if kind is SourceKind.RTMP else None,
                    srt=place if kind is SourceKind.SRT else None,
                    decide=_nobody,
                    publisher=_no_publisher,
                    srt_latency_ms=of.srt_latency_ms,
                    tls_cert=str(certificate) if certificate is not None else None,
                    tls_key=str(key) if key is not None else None,
                )
            )
        except OSError as error:
            log.error("x %s push is off: %s", kind.value.upper(), error)  # noqa: TRY400 - a taken port has no traceback
    return doors


def _places(of: SourceSettings) -> list[tuple[SourceKind, tuple[str, int]]]:
    found = []
    if of.rtmp:
        found.append((SourceKind.RTMP, (of.rtmp_host, of.rtmp_port)))
    if of.srt:
        found.append((SourceKind.SRT, (of.srt_host, of.srt_port)))
    return found


async def _nobody(_kind: SourceKind, _shown: str, _peer: str) -> Admitted | Refused:
    return Refused("disabled")


def _no_publisher(_kind: SourceKind, _source: SourceId, _fd: int, _state: bytes, _peer: str) -> None:
    raise AssertionError("nobody was admitted")
