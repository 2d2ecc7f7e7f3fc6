"""Scores of forecasts over the API: by day, by lead time, by target, and in the metrics."""

from typing import Any

import pytest

from mainsight.store.forecast_port import REACHES, DayScore, ForecastFit
from tests.api.conftest import NOW

pytestmark = pytest.mark.anyio

HOUR_MS = 3_600_000


def score(target: str, day: str, block_h: int, *, error: float, naive: float, bias: float = 0.0) -> DayScore:
    none = (0,) * len(REACHES)
    return DayScore(
        target, "power", day, block_h, 96, 1000.0, error, bias, error**2, error / 3, 72, 96, 1000.0, naive, error, none, none, "d", NOW
    )


@pytest.fixture
async def scored(bench: Any) -> Any:
    """Two days of Quang Chau, one of Van Trung, whose forecasts are worse than last week."""
    await bench.services.state.save_forecast_scores(
        [
            score("quang-chau", "2026-11-18", 24, error=30.0, naive=100.0, bias=20.0),
            score("quang-chau", "2026-11-18", 168, error=80.0, naive=100.0),
            score("quang-chau", "2026-11-19", 24, error=50.0, naive=100.0, bias=-10.0),
            score("quang-chau", "2026-10-01", 24, error=900.0, naive=100.0),
            score("van-trung", "2026-11-19", 48, error=150.0, naive=100.0),
            score("gone", "2026-11-19", 48, error=150.0, naive=100.0),
        ]
    )
    fit = ForecastFit("quang-chau", "power", NOW - 48 * HOUR_MS, "ensemble", 70, ((24, 1.0, 1.5),), "refitted because of drift")
    await bench.services.state.save_forecast_fit(fit)
    return bench


async def get(bench: Any, path: str, **query: object) -> Any:
    answer = await bench.client.get(f"/api/v1{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_scores_by_lead_time_and_day(scored: Any) -> None:
    found = await get(scored, "/forecasts/scores", target="quang-chau", quantity="power")
    day_ahead, week_ahead = found["blocks"]
    assert (day_ahead["from_h"], day_ahead["to_h"], day_ahead["n"]) == (6, 24, 192)
    assert day_ahead["wape"] == pytest.approx(0.04)
    assert day_ahead["bias"] == pytest.approx(0.005)
    assert day_ahead["skill"] == pytest.approx(0.6)
    assert day_ahead["coverage"] == 0.75
    assert (week_ahead["from_h"], week_ahead["to_h"]) == (120, 168)
    assert [one["day"] for one in found["days"]] == ["2026-11-18", "2026-11-19"]
    assert found["days"][1]["blocks"][0]["wape"] == pytest.approx(0.05)
    assert found["fits"] == [
        {
            "since_ms": NOW - 48 * HOUR_MS,
            "model": "ensemble",
            "history_days": 70,
            "spread": [{"to_h": 24, "below": 1.0, "above": 1.5}],
            "reason": "refitted because of drift",
            "reason_text": {"vi": "refitted because of drift", "en": "refitted because of drift"},  # no sentence of ours
        }
    ]
    assert len((await get(scored, "/forecasts/scores", target="quang-chau", quantity="power", days=60))["days"]) == 3


async def test_targets_with_the_least_skill_come_first(scored: Any) -> None:
    found = (await get(scored, "/forecasts/scores/targets"))["items"]
    assert [(one["target"], one["days"]) for one in found] == [("van-trung", 1), ("quang-chau", 2)]
    assert found[0]["score"]["skill"] == pytest.approx(-0.5)
    assert found[0]["fit"] is None
    assert found[1]["score"]["skill"] == pytest.approx(0.6)
    assert found[1]["fit"]["reason"] == "refitted because of drift"


async def test_nothing_scored_yet_and_nothing_forecast(bench: Any) -> None:
    assert (await get(bench, "/forecasts/scores", target="quang-chau", quantity="power"))["blocks"] == []
    answer = await bench.client.get("/api/v1/forecasts/scores", params={"target": "nowhere", "quantity": "power"})
    assert answer.status_code == 404


async def test_the_metrics_tell_the_week_of_every_zone(scored: Any) -> None:
    text = (await scored.client.get("/metrics")).text
    assert 'mainsight_forecast_score{measure="skill",quantity="power",target="quang-chau"} 0.6' in text
    assert 'mainsight_forecast_score{measure="coverage",quantity="power",target="van-trung"} 0.75' in text


async def test_chances_by_hour_and_day(bench: Any) -> None:
    said = await get(bench, "/forecasts", target="quang-chau", quantity="power")
    limit = sorted(said["p90"])[-40]
    found = await get(bench, "/forecasts/exceedance", target="quang-chau", quantity="power", limit=limit)
    assert len(found["hours"]) == 168
    assert found["unit"] == "kW"
    by_hour = {one["time_ms"]: one["probability"] for one in found["hours"]}
    at = said["p90"].index(limit)
    assert by_hour[said["time_ms"][at] // HOUR_MS * HOUR_MS] >= 0.1 - 1e-6, "a tenth lies above P90"
    for day in found["days"]:
        assert day["at_least"] <= day["at_most"] <= 1
        assert day["at_least"] == by_hour[day["worst_ms"]]
    drawn = await get(bench, "/forecasts/exceedance", target="quang-chau", quantity="power")
    peaks = await get(bench, "/forecasts/peaks", target="quang-chau", quantity="power")
    assert [one["at_least"] for one in drawn["days"]] == pytest.approx([one["probability"] for one in peaks["items"]], abs=1e-5)
    none = {"target": "qc-471", "quantity": "power"}
    assert (await bench.client.get("/api/v1/forecasts/exceedance", params=none)).status_code == 404, "not forecast yet"
