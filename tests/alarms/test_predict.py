"""Predictive alarms: probability, lead time and peak of a forecast against a capacity, over several runs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mainsight.alarms.predict import CapacitiesAt, predict
from mainsight.alarms.rules import ForecastRule
from mainsight.core.capacity import Capacity
from mainsight.core.network import Substation, SupplyOrder, Text, Transfer, Utility
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS, to_ms

from .conftest import FORECAST, Bench, build_network, forecast, rules

pytestmark = pytest.mark.anyio

ISSUE = to_ms(datetime(2026, 3, 10, 6, 30, tzinfo=UTC))
"""13:30 in Vietnam."""
NOW = ISSUE + 5 * MINUTE_MS
FIRM_KW = 63_000.0
"""One of two 63 MVA transformers, at power factor 1."""


def evening(peak_share: float, steps: int = 96) -> list[float]:
    """Quarter hours from 13:30: 70 % of firm capacity, and a share of it from 19:15 for two hours."""
    return [FIRM_KW * (peak_share if 23 <= step < 31 else 0.70) for step in range(steps)]


def rule(**more: object) -> ForecastRule:
    (made,) = rules(FORECAST | more)
    assert isinstance(made, ForecastRule)
    return made


def of(firm: float | None, order: float | None = None) -> Capacity:
    return Capacity(126.0, firm, firm is not None, order, "MVA", "t1", 63.0)


def always(firm: float | None) -> CapacitiesAt:
    return lambda times: [of(firm)] * len(times)


def test_says_when_p90_passes_how_probable_it_is_and_when_the_peak_comes() -> None:
    found = predict(rule(), forecast(ISSUE, evening(0.97)), always(63.0), 1.0, NOW)
    assert found is not None
    assert (found.first_ms, found.peak_ms) == (ISSUE + 23 * 900_000, ISSUE + 23 * 900_000)
    assert found.expected_peak == pytest.approx(0.97 * 63, abs=1e-3)
    # P50 0.97 and P75 0.97 x 1.0335 = 1.00250 of firm: 1 lies 0.923 of the way from 0.50 to 0.75.
    assert found.probability == pytest.approx(1 - (0.50 + 0.25 * (1 / 0.97 - 1) / 0.0335), abs=1e-3)


def test_kilowatts_become_mva_by_the_planning_power_factor() -> None:
    at_unity = predict(rule(), forecast(ISSUE, evening(0.85)), always(63.0), 1.0, NOW)
    at_low = predict(rule(), forecast(ISSUE, evening(0.85)), always(63.0), 0.85, NOW)
    assert at_unity is not None
    assert at_low is not None
    assert at_unity.first_ms is None
    assert at_low.first_ms is not None
    assert at_low.expected_peak == pytest.approx(63.0)


def test_only_steps_to_come_within_the_horizon_count() -> None:
    rows = forecast(ISSUE, evening(1.5))
    assert predict(rule(horizon_h=4), rows, always(63.0), 1.0, NOW).first_ms is None  # type: ignore[union-attr]
    after = predict(rule(), rows, always(63.0), 1.0, ISSUE + 8 * HOUR_MS)
    assert after is not None
    assert after.first_ms is None
    assert predict(rule(), rows, always(63.0), 1.0, ISSUE + 48 * HOUR_MS) is None


def test_a_capacity_that_changes_within_the_horizon_is_taken_hour_by_hour() -> None:
    later = ISSUE + HOUR_MS
    found = predict(
        rule(), forecast(ISSUE, [FIRM_KW * 0.7] * 96), lambda times: [of(40.0 if at >= later else 63.0) for at in times], 1.0, NOW
    )
    assert found is not None
    assert (found.first_ms, found.limit) == (ISSUE + HOUR_MS, 40.0)


def test_without_a_capacity_nothing_passes_and_rows_with_nan_are_left_out() -> None:
    found = predict(rule(), forecast(ISSUE, evening(9)), always(None), 1.0, NOW)
    assert found is not None
    assert (found.probability, found.limit, found.first_ms) == (0.0, None, None)
    assert predict(rule(), forecast(ISSUE, [float("nan")] * 4), always(63.0), 1.0, NOW) is None


def bench(**more: object) -> Bench:
    return Bench(build_network(0), rules(FORECAST | more), now_ms=NOW)


async def test_what_takes_a_forecast_s_place_is_judged_anew_and_is_the_same_run() -> None:
    made = Bench(build_network(0), rules(FORECAST))

    async def agree(peak: float) -> str:
        said = forecast(ISSUE + (made.now_ms - NOW), evening(peak), start_ms=ISSUE)
        await made.store.write_forecast([replace(said, remarks=f"made to agree, {peak:g}")])
        await made.service.check_forecasts()
        return made.shown("forecast", "qc")

    await made.service.start()
    assert await issue(made, 0.90) == "NORM"
    assert await agree(0.97) == "UNACK"
    assert await issue(made, 0.70, 15) == "UNACK"
    assert await agree(0.71) == "UNACK", "still one clear run"
    await made.restart()
    await made.service.check_forecasts()
    assert made.shown("forecast", "qc") == "UNACK", "nor does a restart make another of it"
    assert await issue(made, 0.70, 15) == "RTNUN"


async def issue(made: Bench, peak: float, after_min: int = 0) -> str:
    made.now_ms += after_min * MINUTE_MS
    issued = ISSUE + (made.now_ms - NOW)
    await made.store.write_forecast([forecast(issued, evening(peak), start_ms=ISSUE)])
    await made.service.check_forecasts()
    await made.service.deliver_due()
    return made.shown("forecast", "qc")


async def test_the_sentence_that_on_call_reads() -> None:
    made = bench()
    assert await issue(made, 0.97) == "UNACK"
    view = made.service.view("forecast", "qc")
    chance = f"{view.probability:.2f}"
    assert (
        view.text.en
        == f"P90 passes firm capacity of Quang Chau at 19:15, in 5 h 40 min, probability {chance}; 2.02 MVA have to go elsewhere"
    )
    lead = "P90 vượt công suất đảm bảo của Quang Châu lúc 19:15, còn 5 giờ 40 phút, xác suất"
    assert view.text.vi == f"{lead} {chance.replace('.', ',')}; cần giảm 2,02 MVA"
    assert made.notifier.sent[0][1] == f"[MEDIUM] {view.text.en}"
    assert (view.lead_ms, view.limit, view.unit) == (340 * MINUTE_MS, 63.0, "MVA")


async def test_the_lead_time_shrinks_as_time_passes() -> None:
    made = bench()
    await issue(made, 0.97)
    made.now_ms += 60 * MINUTE_MS
    assert "in 4 h 40 min" in made.service.view("forecast", "qc").text.en


async def test_hysteresis_over_runs_and_withdrawal() -> None:
    made = bench(raise_probability=0.10, clear_probability=0.05, clear_runs=2)
    assert await issue(made, 0.90) == "NORM", "P90 is below"
    assert await issue(made, 0.97, 15) == "UNACK"
    assert await issue(made, 0.935, 15) == "UNACK", "between the two limits"
    assert await issue(made, 0.70, 15) == "UNACK", "one clear run is not enough"
    assert await issue(made, 0.935, 15) == "UNACK", "and the count starts anew"
    assert await issue(made, 0.70, 15) == "UNACK"
    assert await issue(made, 0.70, 15) == "RTNUN"
    assert "no longer passes" in made.service.view("forecast", "qc").text.en
    assert len(made.notifier.sent) == 1


async def test_the_same_forecast_again_changes_nothing() -> None:
    made = bench()
    await issue(made, 0.97)
    await made.restart()
    await made.service.check_forecasts()
    await made.service.deliver_due()
    assert len(await made.state.transitions(rule="forecast")) == 1
    assert len(made.notifier.sent) == 1


async def test_a_quota_is_compared_in_megawatts_and_only_while_the_order_is_in_force() -> None:
    start, end = datetime(2026, 3, 10, 11, 30, tzinfo=UTC), datetime(2026, 3, 10, 13, tzinfo=UTC)
    order = SupplyOrder("o1", ("qc",), Utility.POWER, 40.0, start, end, Text("thiếu", "shortage"))
    made = Bench(build_network(0, [order]), rules(FORECAST | {"against": "order"}), now_ms=NOW)
    await issue(made, 0.70)
    view = made.service.view("forecast", "qc")
    assert view.text.en.startswith("P90 passes the ordered quota of Quang Chau at 18:30, in 4 h 55 min")
    assert (view.limit, view.unit) == (40.0, "MW")


async def test_without_a_new_forecast_it_becomes_unknown_and_holds() -> None:
    made = bench()
    await issue(made, 0.97)
    made.now_ms += 25 * HOUR_MS
    await made.service.tick()
    view = made.service.view("forecast", "qc")
    assert (view.condition, view.state) == ("unknown", "UNACK")
    made.now_ms -= 20 * HOUR_MS
    await issue(made, 0.97)
    assert made.service.view("forecast", "qc").condition == "active"


async def test_a_step_that_has_begun_is_now() -> None:
    made = bench()
    await made.store.write_forecast([forecast(ISSUE, [FIRM_KW * 1.2] * 4)])
    await made.service.check_forecasts()
    assert "at 13:30, that is now, probability 1" in made.service.view("forecast", "qc").text.en


async def test_what_would_relieve_it_is_told() -> None:
    network = build_network(0)
    neighbour = Substation("s2", Text("Trạm 2", "Station 2"), (106.1, 21.2), "other")
    helped = replace(network.substations["s1"], transfers=(Transfer("s2", 15.0, 45), Transfer("s3", 10.0, 20)))
    stations = {"s1": helped, "s2": neighbour, "s3": replace(neighbour, id="s3", name=Text("Trạm 3", "Station 3"))}
    made = Bench(replace(network, substations=stations), rules(FORECAST | {"against": "rated"}), now_ms=NOW)
    await made.store.write_forecast([forecast(ISSUE, evening(2.05))])
    await made.service.check_forecasts()
    view = made.service.view("forecast", "qc")
    # P90 is 2.05 x 63 x 1.064 = 137.4 MVA against 126 rated.
    assert view.excess == pytest.approx(2.05 * 63 * (1 + 1.28 * 0.05) - 126, abs=0.01)
    assert [(one.source, one.capacity, one.minutes) for one in view.reliefs] == [("s3", 10.0, 20), ("s2", 15.0, 45)]
    assert view.text.en.endswith("have to go elsewhere: Station 3 can take 10 MVA within 20 min")


async def test_a_simpler_model_s_wide_band_raises_only_what_is_as_likely_as_not() -> None:
    made = Bench(build_network(0), rules(FORECAST), now_ms=NOW)
    for run, (share, expected) in enumerate([(0.97, "NORM"), (1.01, "UNACK")]):
        made.now_ms = NOW + run * HOUR_MS
        issued = replace(forecast(ISSUE + run * HOUR_MS, evening(share)), fallback="ensemble: 8 days of history", model="seasonal-naive")
        await made.store.write_forecast([issued])
        await made.service.check_forecasts()
        assert made.shown("forecast", "qc") == expected
    assert made.service.view("forecast", "qc").text.en.endswith("a provisional forecast")
