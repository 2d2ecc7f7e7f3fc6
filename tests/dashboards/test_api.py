"""Every address and selector of the dashboards on the real API that shows the sample province."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mainsight.core.forecasts import Forecast
from mainsight.core.network import Utility
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.port import Final
from mainsight.store.state_port import Quarantined, UnknownDevice
from tests.api.conftest import NOW, Bench, bench, readings, targets
from tests.dashboards import asked
from tests.dashboards.gjson import NotThereError, get

pytestmark = pytest.mark.anyio
__all__ = ["bench", "readings", "targets"]
BASE = "/api/v1"
ANYTHING = "anything"
_TYPES: dict[str, Any] = {"string": str, "number": (int, float), "timestamp_epoch": int}


async def _fill(bench: Bench) -> None:
    """What the API's own bench leaves out: past forecasts to be scored, quarantine, an unknown device, a quiet meter."""
    state, network = bench.services.state, bench.network
    await state.quarantine([Quarantined("a/b", b"{", "not_decodable", NOW, "dev", "no JSON")])
    await state.note_unknown([UnknownDevice("stranger", "a/b", NOW - 5, NOW, 3, "json", ("power",))])
    past = []
    for (zone, quantity), target in bench.services.targets.items():
        issue = NOW - 40 * HOUR_MS
        times = np.arange(issue, NOW, target.step_s * 1000, dtype=np.int64)
        past.append(Forecast(zone, quantity, issue, target.step_s, times, np.full((len(times), 7), 100.0), "ensemble", "", "x"))
    await bench.services.store.write_forecast(past)
    week_ago = np.arange(NOW - 9 * 24 * HOUR_MS, NOW - 7 * 24 * HOUR_MS, 900_000, dtype=np.int64)
    measured = np.full(len(week_ago), int(Quality.MEASURED), np.uint8)
    meters = {m.id: u for u in Utility for zone in network.zones for m in demand_meters(network, zone, u)}
    series = [Series(meter, DEMAND_QUANTITY[utility]) for meter, utility in meters.items()]
    finals = [Final(one, week_ago, np.full(len(week_ago), 90.0), measured, ("",) * len(week_ago), 1, 900) for one in series]
    await bench.services.store.write_final(finals, [])
    quiet = "qc-471-check"
    bench.services.picture._last[quiet] = {"power": Reading(quiet, "power", NOW - 24 * HOUR_MS, 1.0, NOW)}


async def test_every_address_returns_rows_with_all_columns(bench: Bench, dashboards: dict[str, dict[str, Any]]) -> None:
    await _fill(bench)
    found = asked.api(dashboards, NOW)
    assert len(found) > 60
    answers: dict[str, Any] = {}
    for url in dict.fromkeys(one.text for one in found):
        response = await bench.client.get(f"{BASE}{url}")
        answers[url] = response.json() if response.status_code == 200 else f"status {response.status_code}: {response.text}"
    wrong: dict[str, str] = {}
    filled: dict[str, set[str]] = {}
    for one in found:
        problem = _problem(one, answers[one.text], filled.setdefault(one.where, set()))
        if problem:
            wrong[f"{one.where}: {one.text}"] = problem
    for one in found:
        missing = {column["text"] for column in one.target["columns"] or [{"text": ANYTHING}]} - filled[one.where]
        if missing:
            wrong[one.where] = f"no choice of variables gives a row with {missing}"
    assert wrong == {}


def _problem(one: asked.Asked, answer: Any, filled: set[str]) -> str:
    """What is wrong with one answer; columns that have a value in it are added to `filled`."""
    if isinstance(answer, str):
        return answer
    try:
        rows = get(answer, one.target["root_selector"])
    except NotThereError as error:
        return f"{one.target['root_selector']} leads nowhere at {error}"
    for row in rows if isinstance(rows, list) else [rows]:
        if row:
            filled.add(ANYTHING)
        for column in one.target["columns"]:
            value = _cell(row, column["selector"])
            if value is not None:
                filled.add(column["text"])
                if not isinstance(value, _TYPES[column["type"]]) or isinstance(value, bool):
                    return f"{column['selector']} is {value!r}, not a {column['type']}"
    return ""


def _cell(row: Any, selector: str) -> Any:
    try:
        return get(row, selector)
    except NotThereError:  # an optional part of the row is null
        return None


def test_our_gjson_gives_what_gjson_gave() -> None:
    found = json.loads((Path(__file__).parent / "gjson_cases.json").read_text(encoding="utf-8"))
    for case in found["cases"]:
        try:
            answer = get(found["document"], case["path"])
        except NotThereError:
            assert not case["exists"], case
        else:
            assert (case["exists"], answer) == (True, case["value"]), case
