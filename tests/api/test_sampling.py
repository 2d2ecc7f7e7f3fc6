"""Long ranges cost what short ones cost, and joining keeps sums, extremes and gaps."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.sampling import joined, step_for
from mainsight.core.intervals import Intervals
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.port import Level
from tests.api.conftest import NOW

pytestmark = pytest.mark.anyio
DAY_MS = 24 * HOUR_MS


def series(values: list[float | None]) -> Intervals:
    value = np.array([np.nan if one is None else one for one in values], np.float64)
    quality = np.where(np.isnan(value), int(Quality.MISSING), int(Quality.MEASURED)).astype(np.uint8)
    complete = np.where(np.isnan(value), 0.0, 1.0)
    return Intervals(np.arange(len(values), dtype=np.int64) * DAY_MS, value, value - 1, value + 1, quality, complete, 86_400)


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(1, 60))
def test_joining_keeps_sums_extremes_and_gaps(values: list[float | None], points: int) -> None:
    found = series(values)
    for kind in Kind:
        coarse = joined(found, points, kind)
        assert len(coarse) <= max(points, 1)
        assert set(coarse.start_ms) <= set(found.start_ms)
        known = [one for one in values if one is not None]
        if not known:
            assert np.isnan(coarse.value).all()
            assert (coarse.quality == int(Quality.MISSING)).all()
            continue
        assert np.nanmin(coarse.low) == min(known) - 1
        assert np.nanmax(coarse.high) == max(known) + 1
        present = ~np.isnan(coarse.value)
        assert (coarse.quality[present] == int(Quality.MEASURED)).all()
        if kind is Kind.REGISTER:
            assert np.nansum(coarse.value) == pytest.approx(sum(known), abs=1e-3)
        if kind is Kind.STATUS and values[-1] is not None:
            assert coarse.value[-1] == values[-1]
        if kind is Kind.GAUGE:
            assert (coarse.value[present] <= coarse.high[present]).all()
            assert (coarse.value[present] >= coarse.low[present]).all()


@given(st.integers(1, 10 * 366 * 24), st.integers(50, 2000))
def test_the_step_is_the_finest_that_fits(hours: int, points: int) -> None:
    step = step_for(0, hours * HOUR_MS, points)
    assert hours * 3600 / step <= 4 * points or step == 86_400
    assert step == 900 or hours * 3600 / {3_600: 900, 86_400: 3_600}[step] > 4 * points


@given(st.integers(1, 400 * 24), st.integers(50, 2000), st.integers(0, 400), st.integers(0, 400), st.booleans())
def test_nothing_is_read_that_is_not_kept_and_never_more_than_fits(
    hours: int, points: int, quarters: int, more: int, minutes: bool
) -> None:
    """A level that is gone for a part of the range gives way to the next coarser one that is whole."""
    end_ms = 1000 * DAY_MS
    kept = {Level.MINUTE: end_ms - DAY_MS, Level.QUARTER: end_ms - quarters * DAY_MS, Level.HOUR: end_ms - (quarters + more) * DAY_MS}
    start_ms = end_ms - hours * HOUR_MS
    step = step_for(start_ms, end_ms, points, minutes=minutes, kept_from=kept)
    level = {60: Level.MINUTE, 900: Level.QUARTER, 3_600: Level.HOUR, 86_400: Level.DAY}[step]
    assert kept.get(level, 0) <= start_ms
    assert step == 86_400 or hours * 3600 / step <= (points if step == 60 else 4 * points)
    assert (step == 60) == (minutes and hours <= 24 and hours * 60 <= points)


@pytest.mark.parametrize("days", [1, 30, 365, 5 * 365])
async def test_a_chart_of_five_years_holds_no_more_points_than_that_of_a_day(bench: Any, days: int) -> None:
    query = {"start_ms": NOW - days * DAY_MS, "end_ms": NOW, "step": "auto", "points": 400}
    demand = (await bench.client.get("/api/v1/demand", params={"asset": "quang-chau", "utility": "power", **query})).json()
    assert 90 <= len(demand["value"]) <= 400
    assert {len(demand[name]) for name in ("start_ms", "value", "low", "high", "completeness", "quality")} == {len(demand["value"])}
    meter = next(m for m in bench.network.meters.values() if m.asset == "qc-471" and "power" in m.quantities)
    found = (await bench.client.get(f"/api/v1/meters/{meter.id}/readings", params={"quantity": "power", **query})).json()
    assert found["start_ms"] == demand["start_ms"]
    assert found["step_s"] == demand["step_s"] == {1: 900, 30: 7_200, 365: 86_400, 5 * 365: 7 * 86_400}[days]


async def test_across_the_edge_of_what_is_kept_a_chart_takes_the_next_level_and_raw_is_refused(bench: Any) -> None:
    meter = next(m for m in bench.network.meters.values() if m.asset == "qc-471" and "power" in m.quantities)
    path = f"/api/v1/meters/{meter.id}/readings"
    query = {"quantity": "power", "start_ms": NOW - 2 * DAY_MS, "end_ms": NOW, "points": 400}
    whole = (await bench.client.get(path, params={**query, "step": "auto"})).json()
    store, edge = bench.services.store, NOW // DAY_MS * DAY_MS - DAY_MS
    for level in (Level.RAW, Level.QUARTER):
        while await store.expire(level, edge):
            pass
    after = (await bench.client.get(path, params={**query, "step": "auto"})).json()
    assert (whole["step_s"], after["step_s"]) == (900, 3600)
    assert None not in after["value"][:-2]
    late = {**query, "start_ms": edge}
    assert (await bench.client.get(path, params={**late, "step": "auto"})).json()["step_s"] == 900
    refused = await bench.client.get(path, params={**query, "step": "raw"})
    assert (refused.status_code, "are kept from" in refused.json()["detail"]) == (422, True)
    assert (await bench.client.get(path, params={**late, "step": "raw"})).status_code == 200
    minutes = (await bench.client.get(path, params={**late, "step": "60"})).json()
    assert (minutes["step_s"], len(minutes["value"])) == (60, (NOW - edge) // 60_000)
    assert (await bench.client.get(path, params={**late, "step": "60", "as_of_ms": NOW})).status_code == 422
