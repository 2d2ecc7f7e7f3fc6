"""On real series, which stand beside the project."""

import json
from pathlib import Path

import numpy as np
import pytest

from forecast.backtest import Plan, Report, backtest
from forecast.calendar import Calendar
from forecast.executor import Workers
from forecast.metrics import mean_scores
from forecast.series import read_csv

pytestmark = pytest.mark.shared

DATA = Path(__file__).resolve().parents[2] / "../shared/data"


@pytest.fixture(autouse=True)
def _needs_the_series() -> None:
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not there: the series are not part of the repository")


def scored(name: str, target: str, plan: Plan, here: Workers) -> Report:
    told = json.loads((DATA / name / "meta.json").read_text())
    series = read_csv(DATA / name / "data.csv.gz", time_column="time_utc", target=target, temperature=None, timezone=told["tz"])
    return backtest(series, plan, Calendar(told["tz"], told["country"]), here, lambda _done, _total: None)


@pytest.mark.timeout(300)  # fits six times on a year of hours and more
def test_ensemble_beats_last_week(here: Workers) -> None:
    """Taken together: on few origins of one series chance may have it otherwise."""
    plan = Plan(("seasonal-naive", "ensemble"), 48, 2)
    ratios = []
    for name, target in (("bwdf", "dma_e"), ("bwdf", "dma_d"), ("water_zanfei", "demand")):
        report = scored(name, target, plan, here)
        naive, ensemble = (mean_scores([trial.scores for trial in report.of(model)]) for model in plan.models)
        assert all(trial.outcome.model == "ensemble" and not trial.outcome.fallback for trial in report.of("ensemble"))
        ratios.append([ensemble.wape / naive.wape, ensemble.pinball / naive.pinball])
    assert (np.exp(np.log(ratios).mean(axis=0)) < 0.95).all()


@pytest.mark.parametrize(
    ("name", "target", "horizon"),
    [
        ("steel_uci", "Usage_kWh", 96),
        ("tetouan", "zone_3_power_consumption", 144),
        ("vic_elec", "demand", 48),
        ("taiwan_industrial_daily", "power_consumption", 14),
    ],
)
def test_every_step_and_time_zone_is_served(name: str, target: str, horizon: int, here: Workers) -> None:
    report = scored(name, target, Plan(("linear", "harmonic-ar"), horizon, 1), here)
    for trial in report.trials:
        assert trial.outcome.fallback == ""
        assert trial.scores.n == horizon
        assert np.isfinite([trial.scores.mae, trial.scores.pinball]).all()
