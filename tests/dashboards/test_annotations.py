"""Alarm transitions reach InfluxDB's copy and Grafana once each, whatever fails in between."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace

import pytest

from dashboards.annotations import AlarmFeed, GrafanaMarks
from dashboards.client import connect_async
from dashboards.settings import GrafanaSettings
from mainsight.core.network import Network
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.alarm_port import Transition
from mainsight.store.memory.state import MemoryState
from mainsight.store.port import StoreUnavailableError
from mainsight.store.settings import QuarantineSettings
from tests.api.conftest import NOW
from tests.dashboards.stub import TOKEN, Stub, grafana

pytestmark = pytest.mark.anyio


def transition(name: str, at_ms: int, before: str = "NORM", after: str = "UNACK", asset: str = "qc-471") -> Transition:
    return Transition(
        name, "feeder-load", asset, "i", at_ms, at_ms, before, after, "high", announced=True, value=1.0, text_vi="Quá tải", text_en="Over"
    )


class Clock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class Copy:
    """A receiver that can be down."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.down = False

    async def take(self, transitions: Sequence[Transition]) -> None:
        if self.down:
            raise StoreUnavailableError("down")
        self.taken += [one.id for one in transitions]


@pytest.fixture
def state() -> MemoryState:
    return MemoryState(QuarantineSettings())


@pytest.fixture
def stub() -> Iterator[Stub]:
    with grafana() as server:
        yield server


@pytest.fixture
async def marks(stub: Stub, network: Network) -> AsyncIterator[GrafanaMarks]:
    settings = GrafanaSettings.model_validate({"url": stub.url, "token": TOKEN})
    async with connect_async(settings) as client:
        yield GrafanaMarks(client, settings, network)


async def test_each_is_carried_once_oldest_first(state: MemoryState) -> None:
    copy, clock = Copy(), Clock()
    feed = AlarmFeed(state, {"copy": copy.take}, clock)
    await state.save_alarms([], [transition("b", NOW - 5), transition("a", NOW - 10)], [])
    await feed.tick()
    await state.save_alarms([], [transition("c", NOW)], [])
    await feed.tick()
    await feed.tick()
    assert copy.taken == ["a", "b", "c"]


async def test_more_than_a_page_comes_whole(state: MemoryState) -> None:
    copy = Copy()
    await state.save_alarms([], [transition(f"t{n:04d}", NOW - 2_000_000 + n // 3) for n in range(1_300)], [])
    await AlarmFeed(state, {"copy": copy.take}, Clock()).tick()
    assert sorted(copy.taken) == [f"t{n:04d}" for n in range(1_300)]


async def test_a_receiver_that_is_down_gets_all_later_and_holds_up_no_other(state: MemoryState) -> None:
    down, up, clock = Copy(), Copy(), Clock()
    down.down = True
    feed = AlarmFeed(state, {"down": down.take, "up": up.take}, clock)
    await state.save_alarms([], [transition("a", NOW)], [])
    await feed.tick()
    assert (down.taken, up.taken) == ([], ["a"])
    down.down = False
    await feed.tick()
    assert down.taken == [], "it is left alone for a while"
    clock.now += 5 * HOUR_MS
    await feed.tick()
    assert (down.taken, up.taken) == (["a"], ["a"]), "though the event is older than what is mostly looked at"


async def test_what_becomes_known_late_is_found_within_the_hour(state: MemoryState) -> None:
    copy, clock = Copy(), Clock()
    feed = AlarmFeed(state, {"copy": copy.take}, clock)
    await feed.tick()
    await state.save_alarms([], [transition("late", NOW - 20 * HOUR_MS)], [])
    clock.now += HOUR_MS
    await feed.tick()
    assert copy.taken == ["late"]


async def test_a_mark_says_what_where_and_how_pressing(marks: GrafanaMarks, stub: Stub) -> None:
    await marks.take([transition("t1", NOW)])
    [mark] = stub.annotations
    assert (mark["time"], mark["text"]) == (NOW, "Over (NORM to UNACK)")
    wanted = {"mainsight", "alarm", "transition:t1", "rule:feeder-load", "asset:qc-471", "zone:quang-chau", "high", "UNACK"}
    assert set(mark["tags"]) == wanted


async def test_what_topology_hides_and_digests_are_not_marked(marks: GrafanaMarks, stub: Stub) -> None:
    await marks.take([transition("d", NOW, "UNACK", "DSUPR"), transition("n", NOW, "NORM", "NORM"), transition("g", NOW, asset="no-such")])
    assert [mark["tags"][-1] for mark in stub.annotations] == ["transition:g"]


async def test_nothing_is_marked_twice_over_a_restart(marks: GrafanaMarks, stub: Stub, network: Network) -> None:
    await marks.take([transition("t1", NOW), transition("t2", NOW + 1)])
    settings = GrafanaSettings.model_validate({"url": stub.url, "token": TOKEN})
    async with connect_async(settings) as again:
        await GrafanaMarks(again, settings, network).take([transition("t1", NOW), transition("t2", NOW + 1), transition("t3", NOW + 2)])
    assert [mark["tags"][-1] for mark in stub.annotations] == ["transition:t1", "transition:t2", "transition:t3"]


async def test_a_lost_answer_makes_no_second_mark(marks: GrafanaMarks, stub: Stub, state: MemoryState) -> None:
    clock = Clock()
    feed = AlarmFeed(state, {"Grafana": marks.take}, clock)
    await state.save_alarms([], [transition("t1", NOW), replace(transition("t2", NOW + 1), asset="qc-473")], [])
    stub.lose_answers = True
    await feed.tick()
    assert len(stub.annotations) == 1
    stub.lose_answers = False
    clock.now += HOUR_MS
    await feed.tick()
    assert [mark["tags"][-1] for mark in stub.annotations] == ["transition:t1", "transition:t2"]
