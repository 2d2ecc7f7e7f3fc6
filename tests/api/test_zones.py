"""Whoever may see one zone is told nothing of another, by no call whatever."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from mainsight.core.topology import zone_of
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.device_port import DeviceHealth
from mainsight.store.metering_port import Edit
from mainsight.store.rule_port import PlannedOutage
from tests.api.conftest import NOW
from tests.api.people import House, closed

pytestmark = pytest.mark.anyio
OWN, OTHER = "quang-chau", "van-trung"
ENDLESS, RULE = "/api/v1/stream", "/api/v1/rules/{rule}"
RANGE = {"start_ms": NOW - 2 * HOUR_MS, "end_ms": NOW}


@pytest.fixture
async def lan(bench: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A planner of one zone, in a province where something has happened in another."""
    house: House = closed(bench.services, bench.live, requests_per_minute=0)
    state, network = bench.services.state, bench.network
    meter = next(one for one in network.meters.values() if zone_of(network, one.id) == OTHER and "power" in one.quantities)
    await state.plan_outage(PlannedOutage("outage-1", meter.asset, NOW, NOW + HOUR_MS, "a", "b", "an", NOW))
    await state.save_edit(Edit(meter.id, "power", NOW - HOUR_MS, NOW - HOUR_MS + 900_000, "set", "an", "x", NOW, (1.0,)))
    await state.save_health([DeviceHealth(meter.device, "a/topic", "plain_json", NOW - 10**6, NOW - 4_000, 200, 5.0, 5.0, -200)])
    async with house.signed_in("lan", quang_chau="planner") as client:
        yield client


def things_of(network: Any, zone: str) -> dict[str, str]:
    """What may stand in a parameter, for a zone."""
    meter = next(one for one in network.meters.values() if zone_of(network, one.id) == zone and "power" in one.quantities)
    things = {"zone": zone, "zone_id": zone, "target": zone, "asset": meter.asset, "asset_id": meter.asset, "meter": meter.id}
    return things | {"meter_id": meter.id, "rule": "feeder-load-high", "quantity": "power", "utility": "power", "month": "2026-10"}


async def every_read(client: httpx.AsyncClient, things: dict[str, Any], *, whole: bool) -> AsyncIterator[tuple[str, httpx.Response]]:
    """Ask each call that reads, with what it needs; with all that it takes when `whole`."""
    described = (await client.get("/api/openapi.json")).json()
    for path, operations in described["paths"].items():
        if "get" not in operations or path == ENDLESS:
            continue
        parameters = [one for one in operations["get"].get("parameters", ()) if one["name"] in things | RANGE and one["in"] != "header"]
        wanted = {one["name"]: (things | RANGE)[one["name"]] for one in parameters if one["in"] == "query" and (whole or one["required"])}
        yield path, await client.get(path.format_map(things | {"role": "alarms"}), params=wanted)


async def test_no_call_tells_of_another_zone(bench: Any, lan: httpx.AsyncClient) -> None:
    network = bench.network
    foreign = {one for one in (*network.meters, *(asset.id for asset in network.assets())) if zone_of(network, one) not in {OWN, None}}
    foreign |= {one.device for one in network.meters.values() if one.id in foreign} | set(network.zones) - {OWN}
    names = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(foreign)))})(?![\w-])")
    asked = [(path, answer) async for path, answer in every_read(lan, things_of(network, OWN), whole=False)]
    everywhere = every_read(bench.client, things_of(network, OWN), whole=False)
    assert len([path async for path, answer in everywhere if names.search(answer.text)]) > 10, "there is much to tell"
    assert len(asked) > 40
    assert {path: sorted(set(found))[:3] for path, answer in asked if (found := names.findall(answer.text))} == {}


async def test_no_call_answers_for_another_zone(bench: Any, lan: httpx.AsyncClient) -> None:
    asked = [(path, answer) async for path, answer in every_read(lan, things_of(bench.network, OTHER), whole=True)]
    named = [(path, answer) for path, answer in asked if answer.request.url.query or "{" in path]
    told = {path: answer.status_code for path, answer in named if path != RULE and (OTHER in str(answer.request.url) or "{" in path)}
    assert len(told) > 20
    assert {path: status for path, status in told.items() if status not in {403, 404}} == {}
