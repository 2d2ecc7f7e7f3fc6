"""The collector's loop, with a scripted session and the stores in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from collector.mapping import Mappings
from collector.pipeline import Pipeline, Processed
from collector.routes import EVERYTHING
from collector.service import Collector, Decoder
from collector.session.port import Message, SessionStats
from collector.settings import DecodeSettings
from mainsight.core.readings import Reading, Series
from mainsight.registry.reading import load_network
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.port import StoreError, StoreUnavailableError, WriteResult
from tests.collector.service.collect import REGISTRY

pytestmark = pytest.mark.anyio

NOW_MS = 1_760_000_000_000


def message(payload: bytes, topic: str = "t") -> Message:
    return Message(topic, payload, False, 1, NOW_MS, 1)


def numbered(*numbers: float) -> list[Message]:
    """Messages that `Numbers` turns into one reading each."""
    return [message(str(number).encode()) for number in numbers]


class Numbers:
    """A decoder: the payload is a value; "bug" makes it fail, "bad" gives what no store takes."""

    def process(self, message: Message) -> Processed:
        if message.payload == b"bug":
            raise ZeroDivisionError("a bug in a profile")
        quantity = "nonsense" if message.payload == b"bad" else "power"
        value = 0.0 if message.payload == b"bad" else float(message.payload)
        return Processed([Reading("m", quantity, NOW_MS + int(value), value, NOW_MS)], [], [], 0)


class Script:
    """A session whose messages are put into it by the test; it notes acknowledgements."""

    def __init__(self, log: list[str]) -> None:
        self._batches: asyncio.Queue[Sequence[Message] | None] = asyncio.Queue()
        self._log = log
        self.stats = SessionStats()
        self.acknowledged: list[bytes] = []

    def put(self, messages: Sequence[Message]) -> None:
        self._batches.put_nowait(messages)

    def end(self) -> None:
        self._batches.put_nowait(None)

    @property
    def left(self) -> int:
        """Batches nobody has taken."""
        return self._batches.qsize()

    async def batches(self) -> AsyncIterator[Sequence[Message]]:
        while (batch := await self._batches.get()) is not None:
            yield batch

    async def acknowledge(self, messages: Sequence[Message]) -> None:
        self._log.append(f"acknowledged {len(messages)}")
        self.acknowledged += [message.payload for message in messages]

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        raise NotImplementedError


class Gated(MemoryStore):
    """The store in memory behind a gate: writes wait until it is open, and fail while `failure` is set."""

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self._log = log
        self.open = asyncio.Event()
        self.open.set()
        self.entered = asyncio.Event()
        self.failure: StoreError | None = None
        self.failures = 0
        self.sizes: list[int] = []

    async def write(self, readings: Sequence[Reading]) -> WriteResult:
        self.entered.set()
        await self.open.wait()
        if self.failure:
            self.failures += 1
            raise self.failure
        self.sizes.append(len(readings))
        result = await super().write(readings)
        self._log.append(f"stored {len(readings)}")
        return result


class Rig:
    """A collector with its parts, running."""

    def __init__(self, decoder: Decoder) -> None:
        self.log: list[str] = []
        self.session = Script(self.log)
        self.store = Gated(self.log)
        self.state = MemoryState()
        self.published: list[Reading] = []
        self.collector = Collector(
            self.session, decoder, self.store, self.state, self._publish, lambda: NOW_MS + 7, retry_s=(0.001, 0.01), flush_s=0.3
        )
        self.running: asyncio.Task[None] | None = None

    def _publish(self, readings: Sequence[Reading]) -> None:
        self.log.append(f"published {len(readings)}")
        self.published += readings

    async def finish(self) -> None:
        """Let it take all that was put, and end."""
        self.session.end()
        assert self.running is not None
        await asyncio.wait_for(self.running, 10)


@asynccontextmanager
async def collecting(decoder: Decoder | None = None) -> AsyncIterator[Rig]:
    rig = Rig(decoder or Numbers())
    rig.running = asyncio.create_task(rig.collector.run())
    yield rig
    rig.running.cancel()
    await asyncio.wait({rig.running})


async def until(condition: Callable[[], object]) -> None:
    """Let others of the event loop run until something holds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0)


async def test_stores_then_acknowledges_then_publishes() -> None:
    async with collecting() as rig:
        rig.session.put(numbered(1, 2, 3))
        await rig.finish()
    assert rig.log == ["stored 3", "acknowledged 3", "published 3"]
    stats = rig.collector.stats
    assert (stats.received, stats.committed, stats.readings, stats.stored, stats.commits, stats.waiting) == (3, 3, 3, 3, 1, 0)
    assert (stats.lag_ms, stats.ready, stats.detail) == (7, True, "")


async def test_gathers_while_a_commit_runs() -> None:
    async with collecting() as rig:
        rig.store.open.clear()
        rig.session.put(numbered(0))
        await asyncio.wait_for(rig.store.entered.wait(), 5)
        for number in range(1, 50):
            rig.session.put(numbered(number))
        await until(lambda: rig.collector.stats.received == 50)
        assert rig.collector.stats.waiting == 50
        rig.store.open.set()
        await rig.finish()
    assert rig.store.sizes == [1, 49]


async def test_store_away_nothing_is_acknowledged_and_memory_is_bounded() -> None:
    async with collecting() as rig:
        rig.store.failure = StoreUnavailableError("the disk is full")
        batch = 5_000
        for start in range(0, 20 * batch, batch):
            rig.session.put(numbered(*range(start, start + batch)))
        await until(lambda: rig.store.failures > 3)
        await until(lambda: rig.collector.stats.received >= 2 * batch)  # the first commit may have begun before its batch was full
        assert rig.session.acknowledged == []
        assert (rig.collector.stats.ready, rig.collector.stats.detail) == (False, "the disk is full")
        tries = rig.store.failures
        await until(lambda: rig.store.failures > tries + 3)
        assert rig.session.left >= 10, "it goes on taking messages though it cannot store any"
        rig.store.failure = None
        await rig.finish()
    assert rig.session.acknowledged == [b"%d" % number for number in range(20 * batch)]
    assert rig.collector.stats.stored == 20 * batch
    assert rig.collector.stats.ready


async def test_quarantine_away_the_batch_is_written_once_and_not_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = 0
    async with collecting() as rig:
        keep = rig.state.quarantine

        async def fail_twice(messages: Sequence[object]) -> None:
            nonlocal failures
            failures += 1
            assert rig.session.acknowledged == []
            if failures <= 2:
                raise StoreUnavailableError("locked")
            await keep(messages)  # type: ignore[arg-type]

        monkeypatch.setattr(rig.state, "quarantine", fail_twice)
        rig.session.put([*numbered(1), message(b"bug")])
        await rig.finish()
    assert rig.log == ["stored 1", "acknowledged 2", "published 1"]
    assert failures == 3


async def test_a_bug_in_the_decoder_costs_one_message(caplog: pytest.LogCaptureFixture) -> None:
    async with collecting() as rig:
        rig.session.put([*numbered(1), message(b"bug"), *numbered(2)])
        await rig.finish()
    assert rig.session.acknowledged == [b"1", b"bug", b"2"]
    [kept] = await rig.state.quarantined()
    assert (kept.reason, kept.payload) == ("not_decodable", b"bug")
    assert "ZeroDivisionError" in kept.detail
    assert (rig.collector.stats.decoder_errors, rig.collector.stats.quarantined, rig.collector.stats.stored) == (1, 1, 2)
    assert "a bug in a profile" in caplog.text


async def test_what_the_store_refuses_for_good_is_quarantined_with_its_message() -> None:
    async with collecting() as rig:
        rig.session.put([*numbered(1), message(b"bad", "poison"), *numbered(2)])
        await rig.finish()
    [kept] = await rig.state.quarantined()
    assert (kept.topic, kept.payload, kept.reason) == ("poison", b"bad", "out_of_range")
    assert [reading.value for reading in rig.published] == [1, 2]
    assert len(rig.session.acknowledged) == 3


async def test_unknown_devices_are_listed_and_their_messages_kept() -> None:
    pipeline = Pipeline(load_network(REGISTRY), {}, EVERYTHING, Mappings(), DecodeSettings())
    async with collecting(pipeline) as rig:
        rig.session.put([message(b'{"device": "new-one", "time": %d, "power_kw": 5}' % NOW_MS)])
        await rig.finish()
    assert [device.device for device in await rig.state.unknown_devices()] == ["new-one"]
    assert [kept.reason for kept in await rig.state.quarantined()] == ["unknown_device"]
    assert len(rig.session.acknowledged) == 1


async def test_the_same_again_is_counted_and_changes_nothing() -> None:
    async with collecting() as rig:
        rig.session.put(numbered(1))
        await until(lambda: rig.collector.stats.commits == 1)
        rig.session.put(numbered(1))
        await rig.finish()
    assert (rig.collector.stats.stored, rig.collector.stats.duplicates) == (1, 1)
    assert list((await rig.store.raw(Series("m", "power"), 0, 2**42)).value) == [1.0]


async def test_cancelled_it_ends_the_commit_and_stores_what_was_decoded() -> None:
    async with collecting() as rig:
        rig.store.open.clear()
        rig.session.put(numbered(1))
        await asyncio.wait_for(rig.store.entered.wait(), 5)
        rig.session.put(numbered(2, 3))
        await until(lambda: rig.collector.stats.received == 3)
        assert rig.running is not None
        rig.running.cancel()
        await asyncio.sleep(0)
        rig.store.open.set()
        with pytest.raises(asyncio.CancelledError):
            await rig.running
    assert rig.log == ["stored 1", "acknowledged 1", "published 1", "stored 2", "acknowledged 2", "published 2"]


async def test_cancelled_it_does_not_wait_longer_than_its_deadline(caplog: pytest.LogCaptureFixture) -> None:
    async with collecting() as rig:
        rig.store.open.clear()
        rig.session.put(numbered(1))
        await asyncio.wait_for(rig.store.entered.wait(), 5)
        assert rig.running is not None
        rig.running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(rig.running, 5)
    assert rig.session.acknowledged == []
    assert "1 messages were not stored" in caplog.text


async def test_cancelled_while_the_store_is_away_it_ends_at_once() -> None:
    async with collecting() as rig:
        rig.store.failure = StoreUnavailableError("away")
        rig.session.put(numbered(1))
        await until(lambda: rig.store.failures)
        assert rig.running is not None
        rig.running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(rig.running, 5)
    assert rig.session.acknowledged == []


async def test_a_store_that_is_broken_ends_the_collector() -> None:
    async with collecting() as rig:
        rig.store.failure = StoreError("broken")
        rig.session.put(numbered(1))
        assert rig.running is not None
        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(rig.running, 5)
        assert caught.group_contains(StoreError, match="broken")
    assert rig.session.acknowledged == []


async def test_what_the_system_tells_itself_is_acknowledged_and_not_taken_for_a_device_s() -> None:
    async with collecting() as rig:
        rig.session.put([message(b"own", "mainsight/v1/readings/z"), *numbered(1.0), message(b"own", "mainsight/v1/status/api")])
        await rig.finish()
    assert rig.collector.stats.received == rig.collector.stats.committed == 1
    assert rig.session.acknowledged == [b"own", b"own", b"1.0"]
    assert await rig.state.quarantined() == []
