"""What-if questions over the API: answered, refused, and nothing stored."""

from typing import Any

import numpy as np
import pytest

from mainsight.core.network import Utility
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.topology import demand_meters
from mainsight.store.port import Final
from tests.api.conftest import NOW

pytestmark = pytest.mark.anyio

QUARTER_MS, DAY_MS = 900_000, 86_400_000
URL = "/api/v1/forecasts/what-if"


async def ask(bench: Any, role: str = "planner", **body: Any) -> Any:
    asked = {"target": "quang-chau", "quantity": "power", **body}
    return await bench.client.post(URL, json=asked, headers=bench.as_(role))


async def test_a_tenant_of_five_megawatts_from_monday(bench: Any) -> None:
    answer = await ask(bench, tenants=[{"mw": 5, "start": "2026-11-23", "shape": "flat"}])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    monday_ms = 1_795_366_800_000  # local midnight
    apart = np.array(told["changed"]["p90"]) - np.array(told["baseline"]["p90"])
    after = np.array(told["time_ms"]) >= monday_ms
    assert set(apart[after].round(3).tolist()) == {5000.0}
    assert set(apart[~after].round(3).tolist()) == {0.0}
    assert told["temperature"] is None
    assert told["changed_peak"]["p50"] == pytest.approx(told["baseline_peak"]["p50"] + 5000)
    assert told["changed_peak"]["probability"] >= told["baseline_peak"]["probability"]
    assert any("+5000 kW" in one["en"] for one in told["explanation"])
    assert all(one["vi"] and one["en"] for one in told["explanation"])


async def test_nothing_is_stored_but_the_question_is_in_the_trail(bench: Any) -> None:
    before = (await bench.client.get("/api/v1/forecasts", params={"target": "quang-chau", "quantity": "flow"})).json()
    answer = await ask(bench, quantity="flow", tenants=[{"m3_day": 2400, "start": "2026-11-20"}])
    assert answer.status_code == 200, answer.text
    assert (await bench.client.get("/api/v1/forecasts", params={"target": "quang-chau", "quantity": "flow"})).json() == before
    [entry] = [one for one in await bench.services.state.audit_trail() if one.action == "ask what if"]
    assert entry.subject == "forecast/quang-chau/flow"
    assert "2400" in entry.after


async def test_without_temperature_it_says_so_instead_of_pretending(bench: Any) -> None:
    answer = await ask(bench, temperature_k=3)
    assert answer.status_code == 422
    assert "what the temperature does to power of quang-chau is not known: no temperature is known" in answer.json()["detail"]
    assert answer.json()["pointer"] == "body/temperature_k"


async def test_three_degrees_more(bench: Any) -> None:
    """Forty days in which the park drew 20 kW more a degree."""
    times = np.arange(NOW - 40 * DAY_MS, NOW, QUARTER_MS)
    temperature = 22 + 5 * np.sin(times / DAY_MS * 1.7) + 4 * np.cos((times / DAY_MS + 7 / 24 - 0.6) * 2 * np.pi)
    meters = demand_meters(bench.network, "quang-chau", Utility.POWER)
    load = (500 + 20 * (temperature - 22)) / len(meters)
    measured = np.full(len(times), Quality.MEASURED, np.uint8)
    series = [(Series(meter.id, "power"), load) for meter in meters] + [(Series("weather-van-trung", "temperature"), temperature)]
    await bench.services.store.write_final([Final(one, times, value, measured, ("",) * len(times), 1, 900) for one, value in series], [])
    answer = await ask(bench, temperature_k=3)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert np.mean(told["temperature"]) == pytest.approx(60, rel=0.2)
    assert np.all(np.array(told["temperature_low"]) <= np.array(told["temperature_high"]))
    moved = np.array(told["changed"]["p50"]) - np.array(told["baseline"]["p50"])
    assert moved == pytest.approx(np.array(told["temperature"]), abs=0.001)
    text = " ".join(one["en"] for one in told["explanation"])
    assert "Learnt from 40 days" in text
    assert "taken to be as in the last seven days" in text


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({}, 422, "body"),
        ({"temperature_k": 0}, 422, "body"),
        ({"temperature_k": 40}, 422, "body/temperature_k"),
        ({"tenants": [{"mw": 5, "m3_day": 5, "start": "2026-11-23"}]}, 422, "body/tenants/0"),
        ({"tenants": [{"mw": 0, "start": "2026-11-23"}]}, 422, "body/tenants/0"),
        ({"tenants": [{"mw": 5, "start": "Monday"}]}, 422, "body/tenants/0/start"),
        ({"tenants": [{"m3_day": 5, "start": "2026-11-23"}]}, 422, "body/tenants/0"),
        ({"tenants": [{"mw": 5, "start": "2027-01-01"}]}, 422, "body/tenants/0/start"),
        ({"temperature_k": 3, "humidity": 1}, 422, "body/humidity"),
        ({"target": "nowhere", "temperature_k": 3}, 404, None),
    ],
)
async def test_questions_that_make_no_sense_point_to_what_is_wrong(
    bench: Any, body: dict[str, Any], status: int, where: str | None
) -> None:
    answer = await ask(bench, **body)
    assert answer.status_code == status, answer.text
    if where is not None:
        assert answer.json()["pointer"] == where


async def test_it_is_a_question_for_planners(bench: Any) -> None:
    tenants = [{"mw": 5, "start": "2026-11-23"}]
    assert (await ask(bench, "operator", tenants=tenants)).status_code == 403
    assert (await ask(bench, "administrator", tenants=tenants)).status_code == 200
