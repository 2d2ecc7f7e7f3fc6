"""Back-fill and live publishing: one message a meter and day, bounded, joined without a seam."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest

from mainsight.core.network import Network
from mainsight.core.readings import Series
from mainsight.simulator.faults import Fault, FaultKind, FaultPlan
from mainsight.simulator.publisher import Sent, back_fill, live
from mainsight.simulator.world import World

pytestmark = pytest.mark.anyio
DAY = 86_400_000
START = int(datetime(2026, 1, 10, tzinfo=UTC).timestamp() * 1000)


class Broker:
    """Takes messages; acknowledges each after the loop has turned once."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.waiting = self.most_waiting = 0

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:  # noqa: ARG002 - the port's shape
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await asyncio.sleep(0)
        self.waiting -= 1
        self.messages.append((topic, payload))

    def of(self, topic: str) -> list[dict]:
        return [json.loads(payload) for t, payload in self.messages if t == topic]


async def test_history_is_one_message_per_meter_and_day(network: Network, world: World) -> None:
    broker, seen = Broker(), []
    end = START + 2 * DAY + 6 * 3_600_000
    sent = await back_fill(world, START + 3_600_000, end, broker.publish, in_flight=5, progress=seen.append)
    assert sent.messages == len(broker.messages) == 3 * len(network.meters)
    assert sent.readings == sum(len(m.quantities) for m in network.meters.values()) * (92 + 96 + 24)
    assert [progress.upto_ms for progress in seen] == [START + DAY, START + 2 * DAY, end]
    assert broker.most_waiting == 5
    rows = [row for message in broker.of("mainsight/small/F1-MAIN") for row in message["rows"]]
    assert [row[0] for row in rows] == list(range(START + 3_600_000, end, 900_000))
    truth = world.series(["f1-main"], np.array([row[0] for row in rows]))[Series("f1-main", "power")]
    np.testing.assert_allclose([row[1] for row in rows], truth, atol=5e-4)


async def test_silence_drift_and_installation_show_in_messages(network: Network, world: World, replace_in: Callable[..., Network]) -> None:
    plan = FaultPlan.of(
        network,
        [
            Fault("s", FaultKind.METER_SILENT, "f1-main", START + 3_600_000, START + DAY),
            Fault("d", FaultKind.CLOCK_DRIFT, "d1-in", START, START + DAY, None, {"offset_s": 90.0, "s_per_day": 0.0}),
            Fault("gone", FaultKind.METER_SILENT, "f2-main", START),
        ],
    )
    broker = Broker()
    await back_fill(world.with_faults(plan), START, START + DAY, broker.publish)
    assert len(broker.of("mainsight/small/F1-MAIN")[0]["rows"]) == 4
    assert broker.of("mainsight/small/D1-IN")[0]["rows"][0][0] == START + 90_000
    assert not broker.of("mainsight/small/F2-MAIN")
    young = World(replace_in(network, "meters", "f3-main", installed=date(2026, 1, 11)), world.province.settings, {})
    await back_fill(young, START, START + DAY, (later := Broker()).publish)
    first = later.of("mainsight/small/F3-MAIN")[0]["rows"][0][0]
    assert first == START + 17 * 3_600_000, "midnight of 11 January in Vietnam"


class Clock:
    """Time that moves only when someone sleeps."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    async def sleep(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)
        await asyncio.sleep(0)


class EnoughError(Exception):
    """Ends the endless."""


async def test_live_ticks_join_history_and_take_faults_while_running(network: Network, world: World) -> None:
    broker, clock, ticks = Broker(), Clock(START + DAY + 1234), []
    current = world

    def progress(sent: Sent) -> None:
        nonlocal current
        ticks.append(sent.upto_ms)
        if len(ticks) == 2:
            fault = Fault("x", FaultKind.FEEDER_TRIP, "f1", sent.upto_ms + 1, sent.upto_ms + DAY)
            current = world.with_faults(FaultPlan.of(network, [fault]))
        if len(ticks) == 3:
            clock.now_ms += 12_000  # the third tick took long
        if len(ticks) == 4:
            raise EnoughError

    await back_fill(world, START, START + DAY, broker.publish)
    with pytest.raises(EnoughError):
        await live(lambda: current, broker.publish, interval_s=5, clock=clock, sleep=clock.sleep, progress=progress)
    assert [tick - START - DAY for tick in ticks] == [5_000, 10_000, 15_000, 30_000], "what was missed is not made up for"
    history, *present = broker.of("mainsight/small/F1-MAIN")
    power = [message["power_kw"] for message in present]
    assert power[:2] == pytest.approx(world.series(["f1-main"], np.array(ticks[:2]))[Series("f1-main", "power")], abs=1e-3)
    assert power[2:] == [0, 0]
    last = dict(zip(history["columns"], history["rows"][-1], strict=True))
    assert 0 <= present[0]["energy_import_kwh"] - last["energy_import_kwh"] < 0.26 * 1.2 * max(power[0], last["power_kw"])
    per_meter = Counter(topic for topic, _ in broker.messages)
    assert per_meter["lines/PUMPS-MAIN"] == 1 + 4
    assert per_meter["tele/GATE/SENSOR"] == 4


async def test_what_publish_raises_ends_the_back_fill(world: World) -> None:
    async def refuse(topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        raise ConnectionError(topic)

    with pytest.raises(ExceptionGroup) as caught:
        await back_fill(world, START, START + DAY, refuse)
    assert caught.group_contains(ConnectionError)
