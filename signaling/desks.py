"""What a server offers beside meetings, as the edge is given it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conference.composing_desk import ComposingDesk
    from conference.recording_desk import RecordingDesk
    from conference.results import StorageStats
    from conference.source_desk import SourceDesk
    from conference.wall_desk import WallDesk
    from signaling.readiness import Check
    from signaling.recordings.films import Films
    from signaling.recordings.library import Library, RecordingSwitch


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePorts:
    """Where encoders push to; None: this server takes no such pushes. `tls`: the RTMP port takes rtmps:// too."""

    rtmp: int | None = None
    srt: int | None = None
    tls: bool = False


@dataclass(frozen=True, kw_only=True)
class Desks:
    """None: this server has no such part. `web_allow`: origins whose pages walls may show. `checks`: what readiness
    asks of these parts."""

    sources: SourceDesk | None = None
    source_ports: SourcePorts = field(default_factory=SourcePorts)
    library: Library | None = None
    switch: RecordingSwitch | None = None
    films: Films | None = None
    recording: RecordingDesk | None = None
    storage_stats: Callable[[], StorageStats] | None = None
    composing: ComposingDesk | None = None
    walls: WallDesk | None = None
    web_allow: tuple[str, ...] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
