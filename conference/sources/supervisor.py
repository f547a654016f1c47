"""All sources of this server: their records, their runners, who may publish, what happened to them."""

import asyncio
import logging
import os
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from conference.media.plane import Plane
from conference.model.errors import (
    AddressInvalid,
    HuishangError,
    KeyExpired,
    KeyInvalid,
    SourceDisabled,
    SourceKindWrong,
    SourceNotFound,
    TooManySources,
)
from conference.model.ids import SourceId
from conference.model.source import Cause, SourceEvent, SourceKey, SourceKind, SourceRecord, SourceState
from conference.ports import Clock, SourceStore
from conference.sources.address import AddressPolicy, parse_address
from conference.sources.data_log import DataLog
from conference.sources.gates import Admitted, Decision, Gates, Refused
from conference.sources.nursery import SourceNursery
from conference.sources.pull import PullRunner
from conference.sources.push import PushRunner
from conference.sources.runner import Hall, Runner
from conference.sources.whip import WhipRunner
from config.settings import SourceSettings

PRUNE_EVERY_S: Final = 6 * 3600.0
_HISTORY_QUEUE: Final = 10_000
_RUNNERS: Final[dict[SourceKind, type[Runner]]] = {
    SourceKind.RTSP: PullRunner,
    SourceKind.RTMP: PushRunner,
    SourceKind.SRT: PushRunner,
    SourceKind.WHIP: WhipRunner,
}

log = logging.getLogger(__name__)


class Sources:
    """`run` serves them; the verbs may be called while it does. `on_change` hears of every change of a source's status,
    name or rooms, `on_end` of its deletion."""

    def __init__(
        self,
        *,
        store: SourceStore,
        plane: Plane,
        nursery: SourceNursery,
        gates: Sequence[Gates],
        policy: AddressPolicy,
        settings: SourceSettings,
        data_log: DataLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._nursery = nursery
        self._gates = gates
        for door in gates:
            door.decide, door.publisher, door.abandoned = self.decide, self.publisher, self.abandoned
        self._data_log = data_log
        self._runners: dict[SourceId, Runner] = {}
        self._keys: dict[SourceId, SourceKey] = {}
        self._history: asyncio.Queue[SourceEvent] = asyncio.Queue(_HISTORY_QUEUE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._restarts_before = 0
        self.on_change: Callable[[Runner], None] = lambda _runner: None
        self.on_end: Callable[[Runner], None] = lambda _runner: None
        self.hall = Hall(
            plane=plane,
            nursery=nursery,
            policy=policy,
            settings=settings,
            clock=clock,
            changed=self._changed,
            codecs_seen=self._codecs_seen,
            kept=lambda runner, packet: data_log.keep(runner.record.id, packet, at_s=clock.wall_s()),
        )

    # ---- life ----

    async def load(self) -> None:
        """Reads all sources; call once, before `run`."""
        for record in await self._store.list():
            key = await self._store.key(record.id) if record.kind.pushes else None
            if key is not None:
                self._keys[record.id] = key
            self._put(record)

    async def run(self) -> None:
        """Serves until cancelled; every child ends with it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._nursery.run(), name="nursery")
                for door in self._gates:
                    tasks.create_task(door.run(), name="gates")
                tasks.create_task(self._write_history(), name="source-history")
                tasks.create_task(self._every_second(), name="source-seconds")
                for runner in list(self._runners.values()):
                    runner.start()
        finally:
            for runner in self._runners.values():
                runner.close()

    @property
    def runners(self) -> list[Runner]:
        """All of them, oldest first."""
        return list(self._runners.values())

    def runner(self, source: SourceId) -> Runner:
        """Raises SourceNotFound."""
        try:
            return self._runners[source]
        except KeyError:
            raise SourceNotFound(source) from None

    def key(self, source: SourceId) -> SourceKey | None:
        """Its only key, also one that is revoked or expired."""
        return self._keys.get(source)

    # ---- verbs ----

    async def create(self, record: SourceRecord, *, key_expires_at_s: float | None) -> Runner:
        """Raises TooManySources, AddressInvalid, SchemeRefused, RoomNotFound."""
        if len(self._runners) >= self._settings.max_sources:
            raise TooManySources(str(self._settings.max_sources))
        record = _clean(record)
        key = self._new_key(record.id, key_expires_at_s) if record.kind.pushes else None
        await self._store.create(record, key)
        if key is not None:
            self._keys[record.id] = key
        runner = self._put(record)
        self._note(runner)
        runner.start()
        self.on_change(runner)
        return runner

    async def change(self, record: SourceRecord) -> Runner:
        """Replaces the record of the same id; a connection that was made for other terms is made anew.

        Raises SourceNotFound, AddressInvalid, SchemeRefused, RoomNotFound.
        """
        runner = self.runner(record.id)
        record = _clean(record)
        await self._store.update(record)
        before, runner.record = runner.record, record
        if _terms(before) != _terms(record):
            runner.was_live = runner.was_live and before.enabled == record.enabled
            runner.restart()
        self.on_change(runner)
        return runner

    async def delete(self, source: SourceId) -> None:
        """Raises SourceNotFound."""
        runner = self.runner(source)
        await self._store.delete(source)
        self._runners.pop(source, None)
        self._keys.pop(source, None)
        self._restarts_before += runner.restarts
        self.on_end(runner)
        runner.close()

    async def rotate_key(self, source: SourceId, expires_at_s: float | None) -> SourceKey:
        """The old key ends at once, and so does who publishes with it. Raises SourceNotFound, SourceKindWrong."""
        runner = self._pushing(source)
        key = self._new_key(source, expires_at_s)
        await self._store.put_key(key)
        self._keys[source] = key
        runner.cut(Cause.KEY_REVOKED)
        return key

    async def revoke_key(self, source: SourceId) -> None:
        """Nobody can publish until a new key is made. Raises SourceNotFound, SourceKindWrong."""
        runner = self._pushing(source)
        key = self._keys.get(source)
        if key is not None and key.revoked_at_s is None:
            key = replace(key, revoked_at_s=self._clock.wall_s())
            await self._store.put_key(key)
            self._keys[source] = key
        runner.cut(Cause.KEY_REVOKED)

    async def history(self, source: SourceId, limit: int) -> list[SourceEvent]:
        """Newest first. Raises SourceNotFound."""
        self.runner(source)
        return await self._store.history(source, limit)

    def admit(self, source: SourceId, secret: str) -> Runner:
        """The source that this secret opens now; an unknown source is answered like a wrong key. Raises KeyInvalid,
        KeyExpired, SourceDisabled."""
        key, runner = self._keys.get(source), self._runners.get(source)
        expected = key.secret if key is not None and key.revoked_at_s is None else secrets.token_hex(16)
        same = secrets.compare_digest(expected.encode(), secret.encode())
        if not same or key is None or runner is None:
            raise KeyInvalid
        if key.expires_at_s is not None and key.expires_at_s <= self._clock.wall_s():
            raise KeyExpired
        if not runner.record.enabled or runner.quarantined:
            raise SourceDisabled
        return runner

    def count_states(self) -> dict[str, int]:
        """How many sources are in each state."""
        states = Counter(runner.health.status.state.value for runner in self._runners.values())
        return {state.value: states[state.value] for state in SourceState}

    @property
    def restarts(self) -> int:
        """Connections begun since start."""
        return self._restarts_before + sum(runner.restarts for runner in self._runners.values())

    # ---- gates ----

    async def decide(self, kind: SourceKind, shown: str, peer: str) -> Decision:
        """Who knocks with an RTMP key or an SRT stream id. A refusal is logged; the key never is."""
        runner = await self._who(kind, shown)
        code = "unknown-key"
        if runner is not None and isinstance(runner, PushRunner):
            key = self._keys.get(runner.record.id)
            try:
                self.admit(runner.record.id, key.secret if key is not None else "")
            except KeyExpired:
                code = "expired-key"
            except SourceDisabled:
                code = "disabled"
            except HuishangError:
                code = "unknown-key"
            else:
                if not runner.busy:
                    return Admitted(runner.record.id, key.secret if key is not None else "")
                code = "busy"
        log.warning("x %s publisher from %s refused: %s", kind.value, peer, code)
        if runner is not None:
            self._note(runner, detail=f"refused {code} from {peer}")
        return Refused(code)

    async def _who(self, kind: SourceKind, shown: str) -> Runner | None:
        if kind is SourceKind.SRT:
            source: SourceId | None = SourceId(shown)
        else:
            found = await self._store.find_key(shown)
            source = found.source if found is not None and found == self._keys.get(found.source) else None
        runner = self._runners.get(source) if source is not None else None
        return runner if runner is not None and runner.record.kind is kind else None

    def publisher(self, kind: SourceKind, source: SourceId, fd: int, state: bytes, peer: str) -> None:
        """A gate hands an admitted publisher over."""
        runner = self._runners.get(source)
        if not isinstance(runner, PushRunner) or runner.record.kind is not kind:
            os.close(fd)
            return
        log.info("- source %s: publisher from %s", source, peer)
        self._spawn(runner.publisher(fd, state))

    def abandoned(self, kind: SourceKind, source: SourceId, cause: str) -> None:
        """An admitted publisher never came through: its passphrase is wrong, or its network is bad."""
        runner = self._runners.get(source)
        log.warning("x %s publisher of source %s did not come through: %s", kind.value, source, cause)
        if runner is None:
            return
        if cause == "wrong-password" and not runner.publishing:
            runner.say(SourceState.WRONG_PASSWORD)
        else:
            self._note(runner, detail=f"publisher lost: {cause}")

    # ---- inside ----

    def _put(self, record: SourceRecord) -> Runner:
        runner = _RUNNERS[record.kind](record, self.hall)
        self._runners[record.id] = runner
        return runner

    def _pushing(self, source: SourceId) -> Runner:
        runner = self.runner(source)
        if not runner.record.kind.pushes:
            raise SourceKindWrong(runner.record.kind.value)
        return runner

    def _new_key(self, source: SourceId, expires_at_s: float | None) -> SourceKey:
        # 32 characters: within what SRT takes as a passphrase (10 to 79), and what a drone's remote can type.
        secret = secrets.token_hex(16)
        return SourceKey(source=source, secret=secret, issued_at_s=self._clock.wall_s(), expires_at_s=expires_at_s)

    def _changed(self, runner: Runner) -> None:
        self._note(runner)
        self.on_change(runner)

    def _codecs_seen(self, runner: Runner, video: str, audio: str) -> None:
        if (video, audio) != (runner.record.video_codec, runner.record.audio_codec):
            runner.record = replace(runner.record, video_codec=video, audio_codec=audio)
            self._spawn(self._save(runner.record))

    async def _save(self, record: SourceRecord) -> None:
        with suppress(SourceNotFound):
            await self._store.update(record)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("x a task of the sources failed", exc_info=error)

    def _note(self, runner: Runner, *, detail: str = "") -> None:
        status = runner.health.status
        event = SourceEvent(
            source=runner.record.id,
            at_s=self._clock.wall_s(),
            state=status.state,
            cause=status.cause,
            detail=detail or " ".join(reason.value for reason in status.transcoding),
        )
        if self._history.full():
            log.error("x the history of sources cannot keep up")
        else:
            self._history.put_nowait(event)

    async def _write_history(self) -> None:
        pruned_s = 0.0
        while True:
            event = await self._history.get()
            try:
                await self._store.note(event)
                if event.at_s - pruned_s > PRUNE_EVERY_S:
                    pruned_s = event.at_s
                    await self._store.prune(event.at_s - self._settings.history_days * 86400.0)
            except Exception:  # the database is away: the sources go on; this is the edge of a task
                log.exception("x history of source %s", event.source)

    async def _every_second(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for runner in list(self._runners.values()):
                try:
                    runner.second()
                    self._expire(runner)
                except Exception:  # one source's fault must not stop the others; this is the edge of a timer
                    log.exception("x second of source %s", runner.record.id)

    def _expire(self, runner: Runner) -> None:
        key = self._keys.get(runner.record.id)
        expires_at_s = key.expires_at_s if key is not None else None
        if expires_at_s is not None and expires_at_s <= self._clock.wall_s() and runner.publishing:
            runner.cut(Cause.KEY_EXPIRED)


def _clean(record: SourceRecord) -> SourceRecord:
    """An rtsp address without the user and password it may have brought. Raises AddressInvalid, SchemeRefused."""
    if record.kind.pushes:
        if record.address:
            raise AddressInvalid("a source that pushes has no address")
        return replace(record, on_demand=False)
    endpoint = parse_address(record.address)
    if endpoint.username or endpoint.password:
        record = replace(record, username=endpoint.username, password=endpoint.password)
    return replace(record, address=endpoint.url)


def _terms(record: SourceRecord) -> tuple[object, ...]:
    """What a running connection depends on."""
    return (
        record.enabled,
        record.address,
        record.username,
        record.password,
        record.transport,
        record.on_demand,
    )


def new_id() -> SourceId:
    """Short enough to be typed as an SRT stream id."""
    return SourceId(f"c-{secrets.token_hex(4)}")
