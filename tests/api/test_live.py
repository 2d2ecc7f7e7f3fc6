"""The live stream: everything first, then what changes."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import anyio
import anyio.lowlevel
import orjson
import pytest
from starlette.requests import Request

from api.routes.stream import CHECK_S, while_allowed
from mainsight.core.readings import Reading
from mainsight.core.zonetime import day_start_ms, local_day
from tests.api.conftest import NOW
from tests.api.people import closed

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


async def test_a_ratio_that_is_entered_is_in_the_live_picture_and_out_of_it_when_undone(bench: Any) -> None:
    feeder = next(iter(bench.network.feeders.values()))
    meter = next(m for m in bench.network.meters.values() if m.asset == feeder.id and "power" in m.quantities and m.role == "main")
    path, key = f"/api/v1/meters/{meter.id}", bench.as_("administrator")

    async def told() -> tuple[float, float]:
        await bench.live.take_factors()
        asset = (await bench.client.get(f"/api/v1/assets/{feeder.id}")).json()
        return asset["loads"][0]["value"], (await bench.client.get(path)).json()["ratio"]

    value, ratio = await told()
    midnight = day_start_ms(local_day(NOW, "Asia/Ho_Chi_Minh"), "Asia/Ho_Chi_Minh")
    body = {"from_ms": midnight, "factor": 3 * ratio, "reason": "new transformers"}
    made = (await bench.client.post(f"{path}/changes", json=body, headers=key)).json()
    assert await told() == (pytest.approx(3 * value), 3 * ratio)
    await bench.client.post(f"/api/v1/changes/{made['id']}/undo", json={"reason": "mistaken"}, headers=key)
    assert await told() == (value, ratio)


async def test_a_slow_client_loses_the_oldest_events_and_nothing_piles_up(bench: Any) -> None:
    slow, fast = bench.live.events(), bench.live.events()
    await anext(slow)
    await anext(fast)
    assert bench.live.listeners == 2
    await slow.aclose()
    assert bench.live.listeners == 1
    await fast.aclose()


async def test_a_stream_ends_when_its_listener_may_listen_no_more(bench: Any) -> None:
    answers, now = [True, False], 0.0

    async def allowed() -> bool:
        return answers.pop(0)

    async def ticking() -> AsyncGenerator[bytes, None]:
        nonlocal now
        while True:
            now += CHECK_S / 2
            yield b"event"

    assert len([event async for event in while_allowed(ticking(), allowed, lambda: now)]) == 3
    assert answers == []


async def test_the_door_knows_whether_a_long_request_still_has_its_right(bench: Any) -> None:
    house = closed(bench.services, bench.live)
    at = house.app.state.door
    async with house.signed_in("lan", quang_chau="viewer") as lan:
        headers = [(b"cookie", f"__Host-mainsight={next(iter(lan.cookies.values()))}".encode())]
        request = Request({"type": "http", "method": "GET", "scheme": "https", "path": "/", "query_string": b"", "headers": headers})
        who = await at.caller(request)
        house.clock.forward(3600)
        assert await at.still(request, who)
        user = await house.services.state.user("lan")
        await house.services.state.save_user(replace(user, roles={"van-trung": "viewer"}))
        house.clock.forward(5)
        assert not await at.still(request, who)
