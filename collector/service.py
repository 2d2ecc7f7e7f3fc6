"""The collector's loop: decode what has arrived, store it, then acknowledge, then tell live consumers.

Two tasks share the work. One decodes into the batch that is being filled; the other commits what that batch holds when its
last commit has ended, so that decoding goes on beside a commit, and the batch has waited for more as long as is worth while
(see `collector.linger`). Each waits for the other at the batch's bounds: with the store away, decoding stops, then reading
from the socket, and the broker keeps the rest.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Protocol, TypeVar

from collector.arrivals import Arrivals
from collector.batch import Batch, Processed
from collector.linger import Linger
from collector.session.backoff import BackOff
from collector.session.port import Message, Session, SessionStats
from mainsight.core.readings import Reading
from mainsight.store.port import StoreUnavailableError, TimeSeriesStore, WriteResult
from mainsight.store.state_port import DeviceState, Quarantined, QuarantineState

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

OWN_TOPICS = "mainsight/v1/"
"""Beginning of the topics on which the system's own processes tell each other what they did."""
_TURN_READINGS = 1_000
"""Decode about this many at a stretch (some milliseconds) before the rest of the event loop gets its turn."""


class Decoder(Protocol):
    """What turns a message into readings; `collector.pipeline.Pipeline` is one."""

    def process(self, message: Message) -> Processed:
        """Decode; whatever a device sent, it does not raise."""
        ...


class KeptState(QuarantineState, DeviceState, Protocol):
    """Where messages and devices wait that could not be stored."""


@dataclass(frozen=True, slots=True)
class CollectorStats:
    """What the collector has done since its start, and how it is.

    Attributes:
        received: devices' messages taken from the session.
        committed: messages whose readings are durable (or which are in quarantine).
        readings: readings they gave.
        stored, duplicates, replaced: what became of those in the store.
        quarantined: copies of messages put in quarantine.
        rejected: fields left out of messages.
        decoder_errors: messages on which the decoder itself failed; they are in quarantine.
        commits: batches committed.
        lag_ms: from arrival to commit, of the oldest message in the last batch.
        waiting: messages that have arrived and are not committed.
        ready: whether the last try to commit went well.
        detail: why not, in words.
        session: counts of the MQTT session.

    """

    received: int = 0
    committed: int = 0
    readings: int = 0
    stored: int = 0
    duplicates: int = 0
    replaced: int = 0
    quarantined: int = 0
    rejected: int = 0
    decoder_errors: int = 0
    commits: int = 0
    lag_ms: int = 0
    waiting: int = 0
    ready: bool = True
    detail: str = ""
    session: SessionStats = field(default_factory=SessionStats)


class Collector:
    """One session's messages into one store."""

    def __init__(
        self,
        session: Session,
        decoder: Decoder,
        store: TimeSeriesStore,
        kept: KeptState,
        publish: Callable[[Sequence[Reading]], None],
        clock: Callable[[], int],
        *,
        arrivals: Arrivals | None = None,
        linger_s: float = 0.05,
        retry_s: tuple[float, float] = (0.2, 10.0),
        flush_s: float = 5.0,
    ) -> None:
        """Wire it.

        Args:
            session: open session.
            decoder: turns messages into readings.
            store: takes readings.
            kept: takes messages that could not be read and names of unknown devices.
            publish: called with the readings of each committed batch; must not block.
            clock: UTC milliseconds.
            arrivals: keeps the first arrival of messages without a time of their own; without it one that is sent again is
                stored twice.
            linger_s: how long a message may wait for others to be stored with it.
            retry_s: first and longest wait while the store is unavailable.
            flush_s: how long a cancelled collector may take to commit what it holds.

        """
        self._session = session
        self._decoder = decoder
        self._store = store
        self._kept = kept
        self._publish = publish
        self._clock = clock
        self._arrivals = arrivals
        self._retry_s = retry_s
        self._flush_s = flush_s
        self._filling = Batch()
        self._linger = Linger(linger_s)
        self._filled = asyncio.Event()
        self._hurry = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = False
        self._stopping = asyncio.Event()
        self._stats = CollectorStats()

    @property
    def stats(self) -> CollectorStats:
        """Counts so far."""
        session, stats = self._session.stats, self._stats
        waiting = stats.received - stats.committed + int(session.extra.get("waiting_messages", 0))
        return replace(stats, waiting=waiting, session=replace(session, extra=dict(session.extra)))

    async def run(self) -> None:
        """Collect until the session is closed or the task is cancelled; then what was decoded is committed first.

        Raises:
            ExceptionGroup: the store failed in a way that waiting does not mend (StoreError).

        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._decode_all(), name="collector decode")
            tasks.create_task(self._commit_all(), name="collector commit")

    async def _decode_all(self) -> None:
        async for arrived in self._session.batches():
            messages = await self._from_devices(arrived)
            if messages:
                unacknowledged = self._stats.received > self._stats.committed
                self._linger.arrived(asyncio.get_running_loop().time(), unacknowledged=unacknowledged)
            self._stats = replace(self._stats, received=self._stats.received + len(messages))
            await self._decode(messages)
        self._ended = True
        self._filled.set()
        self._hurry.set()

    async def _from_devices(self, arrived: Sequence[Message]) -> Sequence[Message]:
        """Leave out what the system's own processes tell each other, which comes to whoever asks for all topics."""
        own = [message for message in arrived if message.topic.startswith(OWN_TOPICS)]
        if not own:
            return arrived
        await self._session.acknowledge(own)
        return [message for message in arrived if not message.topic.startswith(OWN_TOPICS)]

    async def _decode(self, messages: Sequence[Message]) -> None:
        """Decode into the batch being filled, waiting where it is full."""
        turn = 0
        for message in messages:
            while self._filling.full:
                self._filled.set()
                self._hurry.set()
                self._room.clear()
                await self._room.wait()
            if not self._filling.messages:
                self._linger.begin(asyncio.get_running_loop().time())
            turn += 1 + self._decode_one(message)
            if turn >= _TURN_READINGS:
                turn = 0
                self._filled.set()
                await asyncio.sleep(0)
        self._filled.set()

    def _decode_one(self, message: Message) -> int:
        """Add one message to the batch; how many readings it gave."""
        if message.again and self._arrivals is not None:
            message = self._arrivals.first(message)
        try:
            processed = self._decoder.process(message)
        except Exception as error:  # noqa: BLE001 - a bug in one of forty formats must not stop the other thirty-nine
            self._filling.add_undecoded(message, self._blame_decoder(message, error))
            return 0
        self._filling.add(message, processed)
        return len(processed.readings)

    def _blame_decoder(self, message: Message, error: Exception) -> Quarantined:
        count = self._stats.decoder_errors + 1
        self._stats = replace(self._stats, decoder_errors=count)
        if count & (count - 1) == 0:  # the first, second, fourth, eighth ...: a device may send the same for ever
            _log.error("the decoder failed on a message of topic %r (%d so far)", message.topic, count, exc_info=error)
        return Quarantined(
            topic=message.topic,
            payload=message.payload,
            reason="not_decodable",
            arrival_ms=message.arrival_ms,
            detail=f"error in the decoder: {type(error).__name__}: {error}",
        )

    async def _commit_all(self) -> None:
        running: asyncio.Task[None] | None = None
        try:
            while (batch := await self._next_batch()) is not None:
                running = asyncio.create_task(self._commit(batch), name="collector batch")
                await asyncio.shield(running)
        except asyncio.CancelledError:
            await self._flush(running)
            raise

    async def _next_batch(self) -> Batch | None:
        """Take what has been decoded once it has waited long enough for more; None when nothing will come."""
        while not self._filling.messages:
            if self._ended:
                return None
            self._filled.clear()
            await self._filled.wait()
        while (wait_s := self._wait_s()) > 0:
            self._hurry.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._hurry.wait()
        batch, self._filling = self._filling, Batch()
        self._room.set()
        return batch

    def _wait_s(self) -> float:
        """How long the batch that is being filled is to wait for more."""
        if self._ended or self._filling.full:
            return 0.0
        return self._linger.wait_s(len(self._filling.messages), asyncio.get_running_loop().time())

    async def _flush(self, running: asyncio.Task[None] | None) -> None:
        """End the commit under way and commit what else was decoded, within the deadline. What is left comes again."""
        self._stopping.set()
        with contextlib.suppress(TimeoutError, StoreUnavailableError):
            async with asyncio.timeout(self._flush_s):
                if running is not None:
                    await running
                if self._filling.messages:
                    batch, self._filling = self._filling, Batch()
                    await self._commit(batch)
        if left := self._stats.received - self._stats.committed:
            _log.warning("%d messages were not stored before the end; the broker sends them again at the next start", left)

    async def _commit(self, batch: Batch) -> None:
        """Make a batch durable, then acknowledge, then publish."""
        result = WriteResult(0)
        arrivals = self._arrivals
        if arrivals is not None and batch.timeless:
            await self._patiently(lambda: arrivals.note(batch.timeless))
        if batch.readings:
            result = await self._patiently(lambda: self._store.write(batch.readings))
        quarantined = [*batch.quarantined, *batch.quarantine_of(result.poison)]
        if quarantined:
            await self._patiently(lambda: self._kept.quarantine(quarantined))
        if batch.unknown:
            await self._patiently(lambda: self._kept.note_unknown(batch.unknown))
        await self._session.acknowledge(batch.messages)
        self._linger.acknowledged(len(batch.messages), asyncio.get_running_loop().time())
        self._count(batch, result, len(quarantined))
        poison = {poison.reading for poison in result.poison}
        self._publish([reading for reading in batch.readings if reading not in poison] if poison else batch.readings)

    async def _patiently(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Call until the store is available; meanwhile nothing is acknowledged."""
        back_off = BackOff(*self._retry_s, Random())  # noqa: S311 - spreads retries, hides nothing
        while True:
            try:
                result = await call()
            except StoreUnavailableError as error:
                if str(error) != self._stats.detail:
                    _log.warning("readings wait, nothing is acknowledged: %s", error)
                self._stats = replace(self._stats, ready=False, detail=str(error))
                if self._stopping.is_set():
                    raise
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), back_off.after_failure())
            else:
                if not self._stats.ready:
                    _log.warning("the store is back")
                    self._stats = replace(self._stats, ready=True, detail="")
                return result

    def _count(self, batch: Batch, result: WriteResult, quarantined: int) -> None:
        stats = self._stats
        self._stats = replace(
            stats,
            committed=stats.committed + len(batch.messages),
            readings=stats.readings + len(batch.readings),
            stored=stats.stored + result.stored,
            duplicates=stats.duplicates + result.duplicates,
            replaced=stats.replaced + result.replaced,
            quarantined=stats.quarantined + quarantined,
            rejected=stats.rejected + batch.rejected,
            commits=stats.commits + 1,
            lag_ms=max(0, self._clock() - batch.messages[0].arrival_ms),
        )
