"""Every InfluxQL statement of the dashboards on a real InfluxDB 1.6.7 that holds the sample province."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest

from dashboards.influxql import total
from mainsight.app.influxd import Influxd
from mainsight.core.forecasts import QUANTILES, Forecast
from mainsight.core.network import Network, Utility
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.core.topology import DEMAND_QUANTITY
from mainsight.store.alarm_port import Transition
from mainsight.store.influx import InfluxStore
from mainsight.store.port import Final
from mainsight.store.rule_port import PlannedOutage
from mainsight.store.settings import InfluxSettings, StoreSettings
from tests.api.conftest import NOW
from tests.dashboards import asked

DATABASE = "grafana"
QUARTER_MS = 900_000
_DRAWN = {"power", "reactive_power", "voltage", "temperature_oil", "energy_import", "flow", "volume", "pressure", "level", "chlorine"}


class Filled:
    """A database with the province in it; answers as Grafana would get them."""

    def __init__(self, server: Influxd) -> None:
        self._server = server

    def ask(self, statements: list[str]) -> list[dict[str, Any]]:
        """Results of statements, in order."""
        return asyncio.run(self._ask(statements))

    async def _ask(self, statements: list[str]) -> list[dict[str, Any]]:
        auth = aiohttp.encode_basic_auth(self._server.user, self._server.password)
        found: list[dict[str, Any]] = []
        async with aiohttp.ClientSession(headers={"Authorization": auth}) as session:
            for at in range(0, len(statements), 50):
                form = {"q": ";".join(statements[at : at + 50]), "db": DATABASE, "epoch": "ms"}
                async with session.post(f"{self._server.url}/query", data=form) as response:
                    answer = await response.json()
                assert "error" not in answer, answer
                found += answer["results"]
        return found


@pytest.fixture(scope="module")
def filled(influxd: Influxd, network: Network, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    asyncio.run(_fill(influxd, network, tmp_path_factory.mktemp("state")))
    return Filled(influxd)


async def _fill(server: Influxd, network: Network, folder: Path) -> None:
    auth = aiohttp.encode_basic_auth(server.user, server.password)
    async with (
        aiohttp.ClientSession(headers={"Authorization": auth}) as session,
        session.post(f"{server.url}/query", data={"q": f"CREATE DATABASE {DATABASE}"}) as response,
    ):
        assert response.status == 200
    influx = InfluxSettings(url=server.url, database=DATABASE, user=server.user, password=server.password)
    store = await InfluxStore.open(StoreSettings(influx=influx, state=folder / "state.sqlite"), lambda: NOW)
    try:
        await store.write(list(_readings(network)))
        await store.write_final(list(_finals(network)), [])
        await store.write_forecast(list(_forecasts(network)))
        await store.write_transitions([_transition(network, n) for n in range(40)])
        await store.write_outages(list(_outages(network)))
    finally:
        await store.close()


def _readings(network: Network) -> Iterator[Reading]:
    for meter in network.meters.values():
        for name in meter.quantities:
            for n in range(4):
                at = NOW - (n + 1) * QUARTER_MS
                yield Reading(meter.id, name, at, 5.0 + n, at + 2_000)


def _finals(network: Network) -> Iterator[Final]:
    times = np.arange(NOW - 26 * 4 * QUARTER_MS, NOW, QUARTER_MS, dtype=np.int64)
    quality = np.array([(Quality.MEASURED, Quality.ESTIMATED, Quality.SUSPECT, Quality.EDITED)[n % 4] for n in range(len(times))], np.uint8)
    for meter in network.meters.values():
        for name in meter.quantities:
            if name in _DRAWN:
                values = np.full(len(times), 10.0)
                yield Final(Series(meter.id, name), times, values, quality, ("",) * len(times), 1, 900)


def _forecasts(network: Network) -> Iterator[Forecast]:
    for zone in network.zones:
        for utility in Utility:
            for issue in (NOW - 192 * QUARTER_MS, NOW):
                times = np.arange(issue, issue + 300 * QUARTER_MS, QUARTER_MS, dtype=np.int64)
                rows = np.full((len(times), len(QUANTILES)), 1000.0) * (1 + np.array(QUANTILES))
                yield Forecast(zone, DEMAND_QUANTITY[utility], issue, 900, times, rows, "ensemble", "", "abc")


def _transition(network: Network, n: int) -> Transition:
    assets = [*network.zones, *network.transformers, *network.dmas, *network.feeders]
    event = NOW - n * 600_000
    states = ("NORM", "UNACK") if n % 2 else ("UNACK", "ACKED")
    return Transition(
        f"t{n}", "zone-capacity", assets[n % len(assets)], f"i{n}", event, event, *states, "high", announced=True,
        value=95.0, limit=90.0, text_vi="Quá tải", text_en="Over\nits limit",
    )  # fmt: skip


def _outages(network: Network) -> Iterator[PlannedOutage]:
    for n, asset in enumerate([*network.zones, *network.transformers, *network.dmas]):
        start = NOW - (n + 1) * 600_000
        yield PlannedOutage(f"o{n}", asset, start, start + 7_200_000, "Bảo trì", "Maintenance", "Lan", start)


def test_every_statement_returns_rows(filled: Filled, dashboards: dict[str, dict[str, Any]]) -> None:
    found = asked.influx(dashboards, NOW)
    assert len(found) > 200
    unique = list(dict.fromkeys(one.text for one in found))
    answers = dict(zip(unique, filled.ask(unique), strict=True))
    wrong = {one.where: f"{_empty(answers[one.text])}: {one.text}" for one in found if _empty(answers[one.text])}
    assert wrong == {}


def _empty(result: Mapping[str, Any]) -> str:
    """What is wrong with an answer; empty when it has values."""
    if "error" in result:
        return str(result["error"])
    values = [value for series in result.get("series", ()) for row in series["values"] for value in row[1:]]
    return "" if any(value not in {None, "", 0} for value in values) else "no rows"


def test_a_sum_is_left_out_where_a_meter_is_missing(filled: Filled) -> None:
    """26 hours of 2 meters are there; asked for with a third that sends nothing, no sum is shown."""
    of_time = f"time >= {NOW - 8 * QUARTER_MS}ms and time < {NOW}ms"
    whole, part = (
        total(meters, "power", "Demand", 0.5).replace("$timeFilter", of_time)
        for meters in (["qc-471-main", "qc-473-main"], ["qc-471-main", "qc-473-main", "qc-471-nothing"])
    )
    first, second = filled.ask([whole, part])
    assert [row[1] for row in first["series"][0]["values"]] == [10.0] * 8
    assert "series" not in second


def test_a_name_with_quotes_stays_a_name(filled: Filled) -> None:
    of_time = f"time >= {NOW - 8 * QUARTER_MS}ms and time < {NOW}ms"
    name = 'Feeder "471" \\ north'
    [found] = filled.ask([total(["qc-471-main"], "power", name).replace("$timeFilter", of_time)])
    assert found["series"][0]["columns"] == ["time", name]


def test_transitions_are_written_once_with_what_they_say(filled: Filled) -> None:
    count, newest = filled.ask(['SELECT count("state") FROM "alarm"', 'SELECT * FROM "alarm" ORDER BY time DESC LIMIT 1'])
    assert count["series"][0]["values"][0][1] == 40
    row = dict(zip(newest["series"][0]["columns"], newest["series"][0]["values"][0], strict=True))
    assert row == {
        "time": NOW, "rule": "zone-capacity", "asset": "quang-chau", "state": "ACKED", "priority": "high",
        "value": 95, "limit": 90, "text_vi": "Quá tải", "text_en": "Over its limit",
    }  # fmt: skip
