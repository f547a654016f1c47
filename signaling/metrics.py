"""Numbers for Prometheus: the conference's own (read when scraped) and what only the edge sees."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from conference.model.source import SourceState
from conference.results import FilmStats, RecordingStats, ServerStats, SourceStats, StorageStats, WallStats

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BEAT_S: Final = 0.25
STUCK_S: Final = 5.0
"""A loop that has not come round for so long is not alive in any useful sense."""
_JOIN_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class EdgeMetrics:
    """What the edge counts. Label values come from closed sets: error codes, message types, routes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self.join_seconds = Histogram(
            "huishang_join_seconds", "From a join to its welcome", buckets=_JOIN_BUCKETS_S, registry=self.registry
        )
        self.sockets = Gauge("huishang_sockets", "Open WebSockets", registry=self.registry)
        self.messages = Counter("huishang_messages", "Messages of clients", ["type"], registry=self.registry)
        self.refusals = Counter("huishang_refusals", "Requests refused on WebSockets", ["code"], registry=self.registry)
        self.goodbyes = Counter("huishang_goodbyes", "WebSockets the server ended", ["code"], registry=self.registry)
        self.resyncs = Counter("huishang_resyncs", "Full states sent after an overflow", registry=self.registry)
        self.frames_dropped = Counter(
            "huishang_frames_dropped", "Frames left out of a full send queue", registry=self.registry
        )
        self.requests = Counter(
            "huishang_http_requests", "HTTP requests answered", ["route", "status"], registry=self.registry
        )
        self.loop_lag_seconds = Gauge(
            "huishang_loop_lag_seconds", "Worst lateness of the event loop in the last 10 s", registry=self.registry
        )

    def expose(self) -> bytes:
        """The text format of Prometheus."""
        return generate_latest(self.registry)


class LoopHeart:
    """Notices when the event loop is late: the one thing liveness may depend on."""

    def __init__(self, metrics: EdgeMetrics, clock: Callable[[], float] = monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._beat_at_s = clock()
        self._worst: list[tuple[float, float]] = []

    async def run(self) -> None:
        """Beats until cancelled."""
        while True:
            before_s = self._clock()
            await asyncio.sleep(BEAT_S)
            self.beat(late_s=max(0.0, self._clock() - before_s - BEAT_S))

    def beat(self, *, late_s: float) -> None:
        """One round of the loop that came `late_s` after its time."""
        now_s = self._clock()
        self._beat_at_s = now_s
        self._worst = [(at_s, lag_s) for at_s, lag_s in self._worst if now_s - at_s < 10.0 and lag_s > late_s]
        self._worst.append((now_s, late_s))
        self._metrics.loop_lag_seconds.set(self._worst[0][1])

    def silent_s(self) -> float:
        """Seconds since the last beat."""
        return self._clock() - self._beat_at_s


class ConferenceCollector(Collector):
    """Reads the conference's statistics when Prometheus asks."""

    def __init__(self, stats: Callable[[], ServerStats]) -> None:
        self._stats = stats

    def describe(self) -> Iterator[Metric]:
        """Names only: nothing is read at registration."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One pass over one snapshot."""
        stats = self._stats()
        for name, text in _GAUGES.items():
            yield GaugeMetricFamily(f"huishang_{name}", text, value=float(getattr(stats, name)))
        for name, text in _COUNTERS.items():
            yield CounterMetricFamily(f"huishang_{name}", text, value=float(getattr(stats, name)))
        yield CounterMetricFamily(
            "huishang_relay_cpu_seconds", "Run time of the relay's threads", value=stats.relay_cpu_us / 1e6
        )
        drops = CounterMetricFamily("huishang_relay_drops", "Packets refused, by reason", labels=["reason"])
        for reason, count in sorted(stats.relay_drops.items()):
            drops.add_metric([reason], float(count))
        yield drops


class SourceCollector(Collector):
    """Reads the statistics of the sources when Prometheus asks. Every state is there, also with nobody in it: an alarm
    on `quarantined` needs a series before the first one."""

    def __init__(self, stats: Callable[[], SourceStats]) -> None:
        self._stats = stats

    def describe(self) -> Iterator[Metric]:
        """Names only: nothing is read at registration."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One pass over one snapshot."""
        stats = self._stats()
        sources = GaugeMetricFamily("huishang_sources", "Sources, by state", labels=["state"])
        for state in SourceState:
            sources.add_metric([state.value], float(stats.by_state.get(state.value, 0)))
        yield sources
        yield GaugeMetricFamily("huishang_source_publishers", "Sources that send now", value=float(stats.publishers))
        yield GaugeMetricFamily("huishang_source_children", "Processes that read sources", value=float(stats.children))
        yield CounterMetricFamily(
            "huishang_source_connections", "Connections of sources begun", value=float(stats.restarts)
        )


class RecordingCollector(Collector):
    """Reads the statistics of the recordings when Prometheus asks; `stats` gives None when this server records nothing.
    Every alarm is there, also while nobody has it."""

    def __init__(self, stats: Callable[[], RecordingStats | None]) -> None:
        self._stats = stats

    def describe(self) -> Iterator[Metric]:
        """Names only: nothing is read at registration."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One pass over one snapshot."""
        stats = self._stats()
        if stats is None:
            return
        alarms = GaugeMetricFamily("huishang_recording_alarms", "Running recordings, by alarm", labels=["alarm"])
        for alarm, count in sorted(stats.by_alarm.items()):
            alarms.add_metric([alarm], float(count))
        yield alarms
        for name, text in _RECORDING_GAUGES.items():
            yield GaugeMetricFamily(f"huishang_recording_{name}", text, value=float(getattr(stats, name)))
        for name, text in _RECORDING_COUNTERS.items():
            yield CounterMetricFamily(f"huishang_recording_{name}", text, value=float(getattr(stats, name)))


class FilmCollector(Collector):
    """Reads the statistics of composed films when Prometheus asks. Every state and outcome is there, also
    without a film."""

    def __init__(self, stats: Callable[[], FilmStats]) -> None:
        self._stats = stats

    def describe(self) -> Iterator[Metric]:
        """Names only: nothing is read at registration."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One pass over one snapshot."""
        stats = self._stats()
        films = GaugeMetricFamily("huishang_films", "Films that are not finished, by state", labels=["state"])
        for state in ("queued", "making", "live"):
            films.add_metric([state], float(getattr(stats, state)))
        yield films
        ended = CounterMetricFamily("huishang_films_ended", "Films that are over, by outcome", labels=["outcome"])
        for outcome in ("ready", "failed", "cancelled"):
            ended.add_metric([outcome], float(getattr(stats, outcome)))
        yield ended


class StorageCollector(Collector):
    """Reads the statistics of the object storage when Prometheus asks."""

    def __init__(self, stats: Callable[[], StorageStats]) -> None:
        self._stats = stats

    def describe(self) -> Iterator[Metric]:
        """Names only: nothing is read at registration."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One pass over one snapshot."""
        stats = self._stats()
        trouble = GaugeMetricFamily("huishang_storage_trouble", "1: recordings wait for the storage", labels=["kind"])
        for kind in ("away", "refused"):
            trouble.add_metric([kind], float(stats.trouble == kind))
        yield trouble
        for name, text in _STORAGE_GAUGES.items():
            yield GaugeMetricFamily(f"huishang_storage_{name}", text, value=float(getattr(stats, name)))
        for name, text in _STORAGE_COUNTERS.items():
            yield CounterMetricFamily(f"huishang_storage_{name}", text, value=float(getattr(stats, name)))


_STORAGE_GAUGES: Final = {
    "waiting_segments": "Closed files not yet carried to the object storage",
    "waiting_bytes": "Their size",
    "damaged": "Files that stay here because they are not what was recorded",
    "unproven": "Uploads of which the object storage has something else",
}
_STORAGE_COUNTERS: Final = {
    "uploaded_segments": "Files carried to the object storage",
    "uploaded_bytes": "Bytes sent to it",
    "failures": "Rounds of uploads that failed",
}


class WallCollector(Collector):
    """Reads the statistics of the walls when Prometheus asks."""

    def __init__(self, stats: Callable[[], WallStats]) -> None:
        self._stats = stats

    def describe(self) -> Iterator[Metric]:
        """Names only: nothing is read at registration."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One pass over one snapshot."""
        stats = self._stats()
        yield GaugeMetricFamily("huishang_walls", "Paired walls", value=float(stats.walls))
        yield GaugeMetricFamily("huishang_walls_online", "Walls whose kiosk is connected", value=float(stats.online))
        yield GaugeMetricFamily("huishang_walls_pairing", "Displays that show a code", value=float(stats.pairing))
        yield CounterMetricFamily("huishang_wall_edits", "Edits of walls that were done", value=float(stats.edits))
        yield CounterMetricFamily(
            "huishang_wall_conflicts", "Edits of walls refused as made on an old version", value=float(stats.conflicts)
        )


_GAUGES: Final = {
    "rooms": "Rooms with somebody in them",
    "participants": "Participants in all rooms",
    "seats_detached": "Seats whose socket is lost and that are still kept",
    "sessions": "WHIP and WHEP sessions",
    "transports": "Media transports",
    "publications": "Published tracks",
    "subscriptions": "Subscribed tracks",
    "workers_alive": "Relay workers that run",
}
_COUNTERS: Final = {
    "handshakes_started": "DTLS handshakes begun",
    "handshakes_failed": "DTLS handshakes that came to nothing",
    "joins_refused": "Joins that were refused",
    "relay_received_packets": "Packets received by the relay",
    "relay_sent_packets": "Packets sent by the relay",
    "relay_send_calls": "System calls that sent them",
}
_RECORDING_GAUGES: Final = {
    "running": "Recordings that run now",
    "free_bytes": "Free space on the recordings' disk",
    "buffered_bytes": "Waiting in memory for the disk",
}
_RECORDING_COUNTERS: Final = {
    "written_bytes": "Bytes given to the disk",
    "lost_packets": "Packets that did not come",
    "dropped_frames": "Frames that storage did not take",
    "restarts": "Writers begun anew after a crash",
}
