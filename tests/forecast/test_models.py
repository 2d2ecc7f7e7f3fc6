"""One suite that every model of the catalogue is held to."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import numpy as np
import pytest

from forecast.chain import run
from forecast.errors import CannotForecastError
from forecast.known import Known
from forecast.models.catalogue import MODELS, chain_of
from forecast.pool import process_pool
from forecast.settings import ModelName
from forecast.worker import forecast
from mainsight.core.forecasts import QUANTILES
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import HOUR_MS, to_ms

MakeKnown = Callable[..., Known]
each_model = pytest.mark.parametrize("name", MODELS)
P10, P50, P90 = (QUANTILES.index(level) for level in (0.10, 0.50, 0.90))


def predict(name: str, known: Known, horizon: int = 168) -> FloatArray:
    return MODELS[name].fit(known).predict(horizon).quantiles


@pytest.fixture(scope="module")
def two_processes() -> Iterator[ProcessPoolExecutor]:
    with process_pool(2) as pool:
        yield pool


def test_settings_name_every_model() -> None:
    assert set(get_args(ModelName)) == set(MODELS)


@each_model
@pytest.mark.parametrize(("step_s", "horizon"), [(600, 36), (900, 672), (1800, 1), (3600, 400), (86_400, 14)])
def test_gives_ordered_finite_quantiles_on_any_grid(name: str, step_s: int, horizon: int, make_known: MakeKnown) -> None:
    quantiles = predict(name, make_known(step_s=step_s, days=70 if step_s > 1800 else 36), horizon)
    assert quantiles.shape == (horizon, len(QUANTILES))
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles[:, P90] > quantiles[:, P10]).all()


@each_model
def test_follows_the_week(name: str, make_known: MakeKnown) -> None:
    known = make_known()
    said = predict(name, known)
    happened = make_known(issue_ms=known.issue_ms + 168 * HOUR_MS, days=7, seed=2).value
    assert np.abs(said[:, P50] - happened).mean() < 0.05 * happened.mean()
    inside = (happened >= said[:, P10]) & (happened <= said[:, P90])
    assert 0.6 < inside.mean() < 0.97


@each_model
def test_tolerates_gaps_and_stuck_stretches(name: str, make_known: MakeKnown) -> None:
    known = make_known()
    value = known.value.copy()
    value[100:130] = np.nan
    value[-5:] = np.nan
    value[600:640] = value[600]
    said = predict(name, replace(known, value=value))
    assert np.isfinite(said).all()
    assert np.abs(said[:, P50] - predict(name, known)[:, P50]).mean() < 15


@each_model
@pytest.mark.parametrize("days", [0.05, 1, 3, 8, 22, 36])
def test_short_history_is_served_by_the_chain(name: str, days: float, make_known: MakeKnown) -> None:
    outcome = run(chain_of(name), make_known(days=days), 168)
    assert np.isfinite(outcome.quantiles).all()
    assert outcome.model == name or outcome.fallback.startswith(f"{name}: ")


@each_model
@pytest.mark.parametrize("values", [0, 48])
def test_nothing_known_is_said_so(name: str, values: int, make_known: MakeKnown) -> None:
    known = make_known(days=2)
    empty = replace(known, start_ms=known.start_ms[:values], value=np.full(values, np.nan))
    with pytest.raises(CannotForecastError, match="typical-day"):
        run(chain_of(name), empty, 24)


@each_model
def test_leaves_what_it_is_given_alone(name: str, make_known: MakeKnown) -> None:
    known = make_known()
    before = known.value.copy()
    known.value.flags.writeable = False
    known.start_ms.flags.writeable = False
    predict(name, known)
    assert np.array_equal(known.value, before)


@each_model
def test_same_numbers_every_time_and_in_any_process(name: str, make_known: MakeKnown, two_processes: ProcessPoolExecutor) -> None:
    known = make_known()
    here = predict(name, known)
    assert np.array_equal(predict(name, known), here)
    there = [two_processes.submit(forecast, name, known, 168).result().quantiles for _ in range(2)]
    assert np.array_equal(there[0], there[1])
    assert there[0] == pytest.approx(here)


@each_model
def test_does_not_need_values_above_zero(name: str, make_known: MakeKnown) -> None:
    """A zone with generation draws less than nothing; one that never did is not forecast to."""
    known = make_known()
    below = predict(name, replace(known, value=known.value - 2000))
    assert (below[:, P50] < -900).all()
    idle = predict(name, replace(known, value=np.maximum(known.value - 330, 0.0)))
    assert (idle >= 0).all()


@each_model
@pytest.mark.parametrize("utc", [(3, 28, 23), (10, 25, 0), (10, 25, 1)])
def test_clock_changes_in_history_and_horizon(name: str, utc: tuple[int, int, int], make_known: MakeKnown) -> None:
    """Around both changes of the clock, issued before and within the repeated hour."""
    issue_ms = to_ms(datetime(2026, *utc, tzinfo=UTC))
    said = predict(name, make_known(timezone="Europe/Rome", country="IT", issue_ms=issue_ms, days=36))
    assert said.shape == (168, len(QUANTILES))
    assert np.isfinite(said).all()


@each_model
def test_holiday_is_not_forecast_as_a_working_day(name: str, make_known: MakeKnown) -> None:
    """Two days before Tet, the first holiday that it meets, a model has only Sundays to learn rest from."""
    if name == "seasonal-naive":
        pytest.skip("knows no calendar, which is what makes it the naive baseline")
    known = make_known(issue_ms=to_ms(datetime(2026, 2, 14, 17, tzinfo=UTC)), days=42)
    noon_of_holiday = 24 + 12
    assert predict(name, known)[noon_of_holiday, P50] < 550
