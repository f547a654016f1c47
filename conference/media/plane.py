"""The media plane: N relay workers, their events, their transports. Rooms are placed on the emptiest worker."""

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conference.media.binding import Binding, load
from conference.media.candidates import candidates, usable
from conference.media.pace import Pace
from conference.media.peer import Certificate, make_certificate
from conference.media.transport import CONNECT_TIMEOUT_S, Stage, Transport
from conference.media.worker import Worker
from conference.model.errors import ServerFull
from conference.model.track import LayerReason
from config.settings import MediaSettings

if TYPE_CHECKING:
    from conference.media import _relay

CERTIFICATE_LIFE_S: Final = 24 * 3600.0
MAX_BACKLOG_S: Final = 4.0
"""A newcomer who would wait longer than this for the handshake is better told to come back."""

log = logging.getLogger(__name__)


LayerHandler = Callable[[int | None, int, LayerReason], None]
"""layer, temporal layer, why."""


@dataclass(frozen=True, slots=True)
class Routes:
    """Who hears of what, by the relay's numbers. Whoever takes a number puts and removes its own entry."""

    layer: dict[int, LayerHandler] = field(default_factory=dict)
    receiving: dict[int, Callable[[bool], None]] = field(default_factory=dict)
    loudest: dict[int, Callable[[list[int]], None]] = field(default_factory=dict)


@dataclass(slots=True)
class PlaneStats:
    """Counters since start. `drops`: packets refused, by reason."""

    workers_alive: int = 0
    transports: int = 0
    tracks: int = 0
    subscriptions: int = 0
    handshakes_started: int = 0
    handshakes_failed: int = 0
    refused: int = 0
    received_packets: int = 0
    sent_packets: int = 0
    send_calls: int = 0
    cpu_us: int = 0
    drops: dict[str, int] = field(default_factory=dict)


class Plane:
    """Binds its sockets on construction (raises OSError); `run` serves them; `close` ends them."""

    def __init__(self, settings: MediaSettings, *, binding: Binding | None = None) -> None:
        self._settings = settings
        self.video_codecs: tuple[str, ...] = settings.video_codecs
        self._binding = load() if binding is None else binding
        self._numbers = itertools.count(1)
        self._transports: dict[int, Transport] = {}
        self._pace = Pace(settings.dtls_handshakes_per_s)
        self._certificate = make_certificate()
        self._certificate_until_s = 0.0
        self._tasks: asyncio.TaskGroup | None = None
        self.routes = Routes()
        self._started = self._failed = self._refused = 0
        listen = usable(settings.listen)
        self.workers = [self._worker(index, listen) for index in range(settings.workers)]

    def number(self) -> int:
        """A number that was never used before: for rooms, tracks, subscriptions and transports of the relay."""
        return next(self._numbers)

    def now_s(self) -> float:
        """Monotonic; the event loop's."""
        return asyncio.get_running_loop().time()

    def place(self) -> Worker:
        """The worker for a new room. Raises ServerFull when none is alive."""
        alive = [worker for worker in self.workers if worker.alive]
        if not alive:
            raise ServerFull("no relay worker is alive")
        return min(alive, key=lambda worker: worker.transports)

    def admit(self, *, full: bool = False) -> None:
        """Whether one more person's connections can be taken; `full`: the caller's own limit is reached. Raises
        ServerFull."""
        waiting = sum(1 for transport in self._transports.values() if transport.stage is not Stage.CONNECTED)
        limit = self._settings.dtls_handshakes_per_s * MAX_BACKLOG_S
        capacity = self._settings.max_transports * len(self.workers)
        if full or waiting >= limit or len(self._transports) + 2 > capacity:
            self._refused += 1
            raise ServerFull(f"{waiting} waiting, {len(self._transports)} transports")

    def open(self, worker: Worker, *, room: int) -> Transport:
        """A new transport in `room`. Raises ServerFull. Its DTLS begins when both sides are ready."""
        now_s = self.now_s()
        number = self.number()
        transport = Transport(
            number,
            worker,
            self._current_certificate(now_s),
            room=room,
            created_s=now_s,
            start=self._start,
            forget=self._forget,
        )
        self._transports[number] = transport
        return transport

    async def run(self) -> None:
        """Serves until cancelled."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for worker in self.workers:
                loop.add_reader(worker.fileno(), self._drain, worker)
            try:
                while True:
                    await asyncio.sleep(1.0)
                    self._sweep(loop.time())
            finally:
                for worker in self.workers:
                    loop.remove_reader(worker.fileno())
                for transport in list(self._transports.values()):
                    transport.close()
                self._tasks = None

    def close(self) -> None:
        """Stops the workers; idempotent. Call it after `run` has ended."""
        for worker in self.workers:
            worker.close()

    def transport_stats(self) -> "dict[int, _relay.TransportStats]":
        """The relay's last snapshot of every transport."""
        return {row.transport: row for stats in self._snapshots() for row in stats.transports}

    def stats(self) -> PlaneStats:
        """All workers together."""
        total = PlaneStats(
            workers_alive=sum(worker.alive for worker in self.workers),
            transports=len(self._transports),
            handshakes_started=self._started,
            handshakes_failed=self._failed,
            refused=self._refused,
        )
        for stats in self._snapshots():
            total.tracks += len(stats.tracks)
            total.subscriptions += len(stats.subscriptions)
            total.received_packets += stats.received_packets
            total.sent_packets += stats.sent_packets
            total.send_calls += stats.send_calls
            total.cpu_us += stats.cpu_us
            for reason, count in stats.drops.items():
                total.drops[reason] = total.drops.get(reason, 0) + count
        return total

    def _snapshots(self) -> "Iterator[_relay.Stats]":
        for worker in self.workers:
            stats = worker.stats() if worker.alive else None
            if stats is not None:
                yield stats

    def _worker(self, index: int, listen: list[str]) -> Worker:
        settings = self._settings
        port = settings.port + index if settings.port else 0
        relay = self._binding.Relay(
            listen=[(address, port) for address in listen],
            ring_slots=settings.ring_slots,
            max_transports=settings.max_transports,
            start_bitrate_bps=settings.start_bitrate_bps,
            max_bitrate_bps=settings.max_bitrate_bps,
            busy_tick_us=settings.busy_tick_us,
            udp=settings.udp,
            tcp=settings.tcp,
        )
        told = candidates(
            relay.ports,
            advertise_ips=settings.advertise_ips,
            advertise_loopback=settings.advertise_loopback,
            udp=settings.udp,
            tcp=settings.tcp,
        )
        return Worker(index, self._binding, relay, told)

    def _current_certificate(self, now_s: float) -> Certificate:
        if now_s >= self._certificate_until_s:
            if self._certificate_until_s:
                self._certificate = make_certificate()
            self._certificate_until_s = now_s + CERTIFICATE_LIFE_S
        return self._certificate

    def _start(self, transport: Transport) -> None:
        if self._tasks is None:
            return
        self._started += 1
        pause_s = self._pace.reserve(self.now_s())
        self._tasks.create_task(self._serve(transport, pause_s), name=f"dtls-{transport.number}")

    async def _serve(self, transport: Transport, pause_s: float) -> None:
        if await transport.live(pause_s) != "closed":
            self._failed += 1

    def _forget(self, transport: Transport) -> None:
        self._transports.pop(transport.number, None)

    def _sweep(self, now_s: float) -> None:
        for transport in list(self._transports.values()):
            if transport.stage is Stage.NEW and now_s - transport.created_s > CONNECT_TIMEOUT_S:
                transport.ended("never-connected")
        for worker in self.workers:
            if not worker.alive:
                for transport in [t for t in self._transports.values() if t.worker is worker]:
                    transport.ended("worker-gone")

    def _drain(self, worker: Worker) -> None:
        for told in worker.poll():
            try:
                self._told(told)
            except Exception:  # an event of one session must not take the rest of the batch with it
                log.exception("x relay event %s", type(told).__name__)

    def _told(self, told: "_relay.Event") -> None:
        event = self._binding.Event
        if isinstance(told, event.Dtls):
            if (transport := self._transports.get(told.transport)) is not None:
                transport.dtls_arrived(told.datagram)
        elif isinstance(told, event.Ice):
            if (transport := self._transports.get(told.transport)) is not None:
                transport.ice_changed(told.state)
        elif isinstance(told, event.Layer):
            if (on_layer := self.routes.layer.get(told.subscription)) is not None:
                on_layer(told.layer, told.temporal, LayerReason(told.reason))
        elif isinstance(told, event.Loudest):
            if (on_loudest := self.routes.loudest.get(told.room)) is not None:
                on_loudest(told.tracks)
        elif isinstance(told, event.Receiving):
            if (on_receiving := self.routes.receiving.get(told.track)) is not None:
                on_receiving(told.receiving)
        elif isinstance(told, event.Closed) and (transport := self._transports.get(told.transport)) is not None:
            transport.ended(f"relay-{told.reason}")
