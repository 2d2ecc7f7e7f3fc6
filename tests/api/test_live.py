"""The live stream: everything first, then what changes."""

from typing import Any

import anyio
import anyio.lowlevel
import orjson
import pytest

from mainsight.core.readings import Reading

pytestmark = pytest.mark.anyio


def parsed(event: bytes) -> tuple[str, Any]:
    lines = dict(line.split(": ", 1) for line in event.decode().strip().split("\n"))
    return lines["event"], orjson.loads(lines["data"])


async def test_a_client_gets_all_loads_then_those_that_changed(bench: Any) -> None:
    feeder = next(iter(bench.network.feeders.values()))
    meter = next(m for m in bench.network.meters.values() if m.asset == feeder.id and "power" in m.quantities and m.role == "main")
    events = bench.live.events()
    name, everything = parsed(await anext(events))
    assert name == "live"
    assert everything["loads"].keys() >= {*bench.network.zones, *bench.network.feeders, *bench.network.transformers}
    assert parsed(await anext(events))[0] == "alarms"
    reading = Reading(meter.id, "power", 1_795_143_601_000, 4321.0, 1_795_143_601_000)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(bench.live.run)
            while not bench.services.broadcast.listeners:
                await anyio.lowlevel.checkpoint()
            bench.services.picture.update([reading])
            bench.services.broadcast.publish([reading])
            while True:
                name, data = parsed(await anext(events))
                if name == "live" and data["loads"]:
                    break
            tasks.cancel_scope.cancel()
    assert data["loads"][feeder.id][0]["value"] == 4321.0
    assert set(data["loads"]) == {feeder.id, feeder.zone, bench.network.transformers[feeder.transformer].substation}
    await events.aclose()
    assert bench.live.listeners == 0


async def test_a_slow_client_loses_the_oldest_events_and_nothing_piles_up(bench: Any) -> None:
    slow, fast = bench.live.events(), bench.live.events()
    await anext(slow)
    await anext(fast)
    assert bench.live.listeners == 2
    await slow.aclose()
    assert bench.live.listeners == 1
    await fast.aclose()
