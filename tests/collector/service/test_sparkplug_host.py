"""The collector as a Sparkplug host, with a real broker and edge nodes of the tests' own."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from collector.mapping import Mappings
from collector.pipeline import Pipeline
from collector.routes import EVERYTHING
from collector.service import Collector
from collector.session import aiomqtt, codec
from collector.session.port import Message, Session, SessionSettings
from collector.settings import DecodeSettings, SparkplugSettings
from collector.sparkplug_host import Host, Rebirths, as_host, for_2_2, hears_nodes
from collector.sparkplug_nodes import Doubt
from mainsight.app.clock import now_ms
from mainsight.core.readings import Reading
from mainsight.registry.reading import load_network
from mainsight.store.memory import MemoryState, MemoryStore
from tests.collector.service.collect import REGISTRY
from tests.collector.session.proxy import Proxy
from tests.collector.sparkplug import fields, metric, payload
from tests.conftest import Address

pytestmark = pytest.mark.anyio
NETWORK = load_network(REGISTRY)
METER = next(meter.id for meter in NETWORK.meters.values() if "voltage" in meter.quantities)
_SESSIONS = {"codec": codec.open_session, "aiomqtt": aiomqtt.open_session}


class Edge:
    """An edge node: tells its births when it is asked, and notes what it hears."""

    def __init__(self, session: Session, group: str, host: str) -> None:
        self._session = session
        self._group = group
        self._host = host
        self.heard: list[Message] = []
        self.seq = 0
        self.answers = True

    async def run(self) -> None:
        async for messages in self._session.batches():
            self.heard += messages
            await self._session.acknowledge(messages)
            if self.answers and any("/NCMD/" in message.topic for message in messages):
                await self.born()

    def states(self) -> list[tuple[bool, int]]:
        told = [json.loads(message.payload) for message in self.heard if message.topic == f"spBv1.0/STATE/{self._host}"]
        return [(one["online"], one["timestamp"]) for one in told]

    def asked(self) -> int:
        return sum("/NCMD/" in message.topic for message in self.heard)

    async def send(self, verb: str, *metrics: bytes) -> None:
        await self._session.publish(f"spBv1.0/{self._group}/{verb}/E", payload(*metrics, seq=self.seq, at=now_ms()), qos=0)
        self.seq = (self.seq + 1) % 256

    async def born(self) -> None:
        self.seq = 0
        await self.send("NBIRTH", metric(bd_seq=7), metric("Supply Voltage", 1.0, alias=5))

    async def data(self, value: float) -> None:
        await self.send("NDATA", metric(value=value, alias=5))


@dataclass
class Rig:
    """A host beside a collector, and an edge node; `stores` and `ahead_ms` are what the host is told of the store and the time."""

    edge: Edge
    stored: list[Reading] = field(default_factory=list)
    stores: bool = True
    ahead_ms: int = 0
    stop: Callable[[], object] = lambda: None

    def values(self) -> list[float]:
        return [reading.value for reading in self.stored]


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def hosting(
    broker: Address, name: str, *, at: Address | Proxy | None = None, adapter: str = "codec", **settings: object
) -> AsyncIterator[Rig]:
    """A host called `name`, with one edge node in a group of the same name; `at` is where the host finds the broker."""
    sparkplug = SparkplugSettings.model_validate({"host_id": name, "reorder_s": 0.3} | settings)
    where = at or broker
    asked = SessionSettings(host=where.host, port=where.port, client_id=name, filters=(f"spBv1.0/{name}/#",), back_off_s=(0.02, 0.2))
    topics = (f"spBv1.0/{name}/NCMD/E", f"spBv1.0/STATE/{name}", f"STATE/{name}")
    edge_asks = SessionSettings(host=broker.host, port=broker.port, client_id=f"{name}-edge", filters=topics, session_expiry_s=0)
    pipeline = Pipeline(NETWORK, {f"{name}/E": METER}, EVERYTHING, Mappings(), DecodeSettings())
    open_session = _SESSIONS[adapter]
    async with AsyncExitStack() as stack:
        rig = Rig(Edge(await stack.enter_async_context(codec.open_session(edge_asks, clock=now_ms)), name, name))
        session = await stack.enter_async_context(open_session(as_host(asked, name), clock=now_ms))
        older = await stack.enter_async_context(open_session(for_2_2(asked, name), clock=now_ms)) if sparkplug.state_2_2 else None
        collector = Collector(session, pipeline, MemoryStore(), MemoryState(), rig.stored.extend, now_ms)
        host = Host(session, older, pipeline.sparkplug, sparkplug, lambda: rig.stores, lambda: now_ms() + rig.ahead_ms)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(one) for one in (host.run(), collector.run(), rig.edge.run())]
            rig.stop = running[0].cancel
            yield rig
            for task in running:
                task.cancel()


@pytest.mark.parametrize("adapter", _SESSIONS)
async def test_state_is_told_and_its_will_has_the_same_instant(mosquitto: Address, unique_topic: str, adapter: str) -> None:
    async with Proxy(mosquitto.host, mosquitto.port) as proxy, hosting(mosquitto, unique_topic, at=proxy, adapter=adapter) as rig:
        await until(rig.edge.states)
        [(online, came_ms)] = rig.edge.states()
        assert online
        assert abs(came_ms - now_ms()) < 10_000
        proxy.hang_up()
        await until(lambda: len(rig.edge.states()) >= 3)
        gone, back = rig.edge.states()[1:3]
        assert gone == (False, came_ms)
        assert back[0]
        assert back[1] > came_ms
        rig.stop()
        await until(lambda: not rig.edge.states()[-1][0])
        assert rig.edge.states()[-1][1] >= back[1]
    async with codec.open_session(
        SessionSettings(
            port=mosquitto.port, client_id=f"{unique_topic}-late", filters=(f"spBv1.0/STATE/{unique_topic}",), session_expiry_s=0
        ),
        clock=now_ms,
    ) as session:
        [kept] = await anext(session.batches())
    assert kept.retained
    assert json.loads(kept.payload)["online"] is False


async def test_an_old_will_of_ours_that_comes_late_is_put_right(mosquitto: Address, unique_topic: str) -> None:
    async with hosting(mosquitto, unique_topic) as rig:
        await until(rig.edge.states)
        [(_, came_ms)] = rig.edge.states()
        await rig.edge._session.publish(f"spBv1.0/STATE/{unique_topic}", b'{"online":false,"timestamp":%d}' % (came_ms - 1), retain=True)
        await until(lambda: len(rig.edge.states()) == 3)
        assert rig.edge.states()[1:] == [(False, came_ms - 1), (True, came_ms)]


async def test_the_older_form_of_state(mosquitto: Address, unique_topic: str) -> None:
    def told(rig: Rig) -> list[bytes]:
        return [message.payload for message in rig.edge.heard if message.topic == f"STATE/{unique_topic}"]

    async with hosting(mosquitto, unique_topic, state_2_2=True) as rig:
        await until(lambda: told(rig))
        rig.stop()
        await until(lambda: len(told(rig)) == 2)
        assert told(rig) == [b"ONLINE", b"OFFLINE"]


async def test_nodes_are_told_to_keep_their_values_while_the_store_is_away(mosquitto: Address, unique_topic: str) -> None:
    async with hosting(mosquitto, unique_topic) as rig:
        await until(rig.edge.states)
        rig.stores = False
        rig.ahead_ms = 60_000
        await until(lambda: len(rig.edge.states()) == 2)
        rig.stores = True
        await until(lambda: len(rig.edge.states()) == 3)
        assert [online for online, _ in rig.edge.states()] == [True, False, True]
        assert len({at_ms for _, at_ms in rig.edge.states()}) == 1


async def test_a_host_that_starts_late_asks_for_the_births(mosquitto: Address, unique_topic: str) -> None:
    """What came before the birth waits in quarantine; what comes after is stored."""
    async with hosting(mosquitto, unique_topic) as rig:
        await until(rig.edge.states)
        await rig.edge.data(11.0)
        await until(rig.edge.asked)
        await until(lambda: rig.values() == [1.0])
        await rig.edge.data(12.0)
        await until(lambda: rig.values() == [1.0, 12.0])
        assert rig.edge.asked() == 1
        [asked] = [message for message in rig.edge.heard if "/NCMD/" in message.topic]
        told = dict(fields(asked.payload))
        assert (asked.qos, asked.retained, set(told)) == (0, False, {1, 2})  # no sequence number
        command = dict(fields(told[2]))  # type: ignore[arg-type] # field 2 is bytes
        assert (command[1], command[4], command[14]) == (b"Node Control/Rebirth", 11, 1)


async def test_a_gap_that_stays_is_asked_about_and_one_that_closes_is_not(mosquitto: Address, unique_topic: str) -> None:
    async with hosting(mosquitto, unique_topic) as rig:
        await rig.edge.born()
        for seq in (2, 1, 3):  # 1 comes late, but comes
            rig.edge.seq = seq
            await rig.edge.data(10.0 + seq)
        await until(lambda: 13.0 in rig.values())
        assert 12.0 not in rig.values(), "while 1 was missing it might have been another birth"
        rig.edge.seq = 6
        await rig.edge.data(16.0)
        await until(rig.edge.asked)
        await until(lambda: rig.values()[-1] == 1.0)
        await rig.edge.data(21.0)
        await until(lambda: rig.values()[-1] == 21.0)
        assert rig.edge.asked() == 1
        assert 16.0 not in rig.values()


async def test_without_a_host_id_and_with_it_nothing_else_is_published(mosquitto: Address, unique_topic: str) -> None:
    """Command topics are closed: a rebirth request is all that a device ever hears, and without a host id not even that."""
    hears_all = SessionSettings(port=mosquitto.port, client_id=f"{unique_topic}-all", filters=("#",), session_expiry_s=0)
    async with codec.open_session(hears_all, clock=now_ms) as session:
        async with hosting(mosquitto, unique_topic) as rig:
            await rig.edge.data(11.0)
            await until(lambda: rig.values() == [1.0])
        await session.publish(f"{unique_topic}/end", b"")
        topics: set[str] = set()
        async for messages in session.batches():
            topics |= {message.topic for message in messages if unique_topic in message.topic and not message.retained}
            if f"{unique_topic}/end" in topics:
                break
    sent_by_edge = {f"spBv1.0/{unique_topic}/{verb}/E" for verb in ("NDATA", "NBIRTH")} | {f"{unique_topic}/end"}
    assert topics - sent_by_edge == {f"spBv1.0/STATE/{unique_topic}", f"spBv1.0/{unique_topic}/NCMD/E"}


def due(rebirths: Rebirths, now_ms: int, **doubts: Doubt) -> Sequence[str]:
    return rebirths.due(doubts, now_ms)


def test_when_a_node_is_asked() -> None:
    rebirths = Rebirths(SparkplugSettings(host_id="h", reorder_s=2, rebirth_every_s=60))
    assert due(rebirths, 0, gap=Doubt(1, unborn=False), new=Doubt(2, unborn=True)) == ["new"]
    assert due(rebirths, 1_999, gap=Doubt(1, unborn=False)) == []
    assert due(rebirths, 2_000, gap=Doubt(1, unborn=False)) == ["gap"]
    assert due(rebirths, 61_999, gap=Doubt(1, unborn=False, heard=9)) == [], "asked less than a minute ago"
    assert due(rebirths, 62_000, gap=Doubt(1, unborn=False)) == [], "it has said nothing since"
    assert due(rebirths, 62_000, gap=Doubt(1, unborn=False, heard=9)) == ["gap"]
    assert due(rebirths, 122_000, gap=Doubt(1, unborn=False, heard=99)) == [], "it did not help: twice as long"
    assert due(rebirths, 182_000, gap=Doubt(1, unborn=False, heard=99)) == ["gap"]


def test_another_gap_is_given_its_own_time() -> None:
    rebirths = Rebirths(SparkplugSettings(host_id="h", reorder_s=2))
    assert due(rebirths, 0, gap=Doubt(1, unborn=False)) == []
    assert due(rebirths, 2_000, gap=Doubt(2, unborn=False)) == []
    assert due(rebirths, 4_000, gap=Doubt(2, unborn=False)) == ["gap"]


def test_many_at_once_are_spread() -> None:
    rebirths = Rebirths(SparkplugSettings(host_id="h"))
    doubts = {f"n{number}": Doubt(number, unborn=True) for number in range(50)}
    asked = [rebirths.due(doubts, at_ms) for at_ms in (0, 200, 400, 600)]
    assert [len(names) for names in asked] == [20, 20, 10, 0]
    assert {name for names in asked for name in names} == set(doubts)


@pytest.mark.parametrize(
    ("filters", "hears"),
    [
        (("#",), True),
        (("a/#", "spBv1.0/#"), True),
        (("spBv1.0/Group/#", "$share/g/meters/#"), True),
        (("$share/g/#",), False),
        (("spBv1.0/#", "$share/g/+/x"), False),
        (("meters/#",), False),
    ],
)
def test_a_host_must_hear_whole_nodes(filters: tuple[str, ...], hears: bool) -> None:
    assert hears_nodes(filters) is hears
