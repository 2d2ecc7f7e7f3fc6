"""How members are put together, and what stands in for whom."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from forecast.chain import run
from forecast.known import Known
from forecast.models.catalogue import ENSEMBLE, chain_of
from forecast.models.port import Prediction
from forecast.models.profile import TYPICAL_DAY
from forecast.models.weighing import weighted_median


def median(said: list[float], weight: list[float]) -> float:
    return float(weighted_median(np.array(said)[:, None, None], np.array(weight)[:, None])[0, 0])


def test_median_of_members_by_hand() -> None:
    assert median([5.0], [1.0]) == 5.0
    assert median([10.0, 20.0], [0.25, 0.75]) == pytest.approx(17.5)
    assert median([1.0, 3.0, 1000.0], [1 / 3] * 3) == pytest.approx(3.0)
    assert median([1000.0, 1.0, 3.0], [0.2, 0.4, 0.4]) == pytest.approx(2.5)
    assert np.isnan(median([1.0, float("nan"), 2.0], [0.2, 0.4, 0.4]))


def test_one_wild_member_moves_the_median_no_further_than_its_neighbour() -> None:
    assert median([1.0, 3.0, 1e9], [0.3, 0.3, 0.4]) <= 1e9
    assert median([1.0, 3.0, 1e9], [0.4, 0.4, 0.2]) <= 3.0


def test_members_weigh_what_they_earned(make_known: Callable[..., Known]) -> None:
    """A load that hangs on the hour before, and on nothing that the week repeats, belongs to the recursion at one day ahead."""
    known = make_known(days=60, country="")
    fitted = ENSEMBLE.fit(known)
    assert fitted.weights.shape == (3, 7)
    assert fitted.weights.sum(axis=0) == pytest.approx(np.ones(7))
    wave = 400 + 100 * np.sin(2 * np.pi * np.arange(len(known.value)) / (24 * 6.3))
    drifting = ENSEMBLE.fit(replace(known, value=wave + np.random.default_rng(1).normal(0, 1, len(wave))))
    assert drifting.weights[2, 0] > 0.9


def test_a_member_that_cannot_serve_is_named(make_known: Callable[..., Known]) -> None:
    """Forty days with a single hour each are too full of holes for the recursion."""
    known = make_known(days=70)
    hour = np.arange(len(known.value))
    holey = np.where((hour < 40 * 24) & (hour % 24 > 0), np.nan, known.value)
    assert ENSEMBLE.fit(replace(known, value=holey)).predict(24).fallback.startswith("harmonic-ar: less than half")


@pytest.mark.parametrize("days", [21, 28, 35, 42])
def test_a_short_history_still_gives_a_spread(days: int, make_known: Callable[..., Known]) -> None:
    """Where errors cannot be told out of sample a model must not serve: its band would be a line."""
    quantiles = run(chain_of("ensemble"), make_known(days=days), 168).quantiles
    assert (quantiles[:, 5] - quantiles[:, 1] > 5).all()


@dataclass(frozen=True)
class Broken:
    """A model with a defect."""

    quantiles: np.ndarray | None
    name: str = "broken"

    def fit(self, known: Known) -> "Broken":  # noqa: ARG002 - as the port has it
        return self

    def predict(self, horizon: int) -> Prediction:  # noqa: ARG002 - as the port has it
        if self.quantiles is None:
            raise ZeroDivisionError
        return Prediction(self.quantiles)


@pytest.mark.parametrize("quantiles", [None, np.full((24, 7), np.nan), np.zeros((3, 7))])
def test_a_defect_in_one_model_leaves_no_gap(quantiles: np.ndarray | None, make_known: Callable[..., Known]) -> None:
    outcome = run((Broken(quantiles), TYPICAL_DAY), make_known(days=15), 24)
    assert outcome.model == "typical-day"
    assert outcome.fallback.startswith("broken")
    assert np.isfinite(outcome.quantiles).all()


def test_the_ensemble_falls_to_linear_first() -> None:
    assert [model.name for model in chain_of("ensemble")] == ["ensemble", "linear", "seasonal-naive", "typical-day"]


def test_last_week_takes_over_where_a_plant_has_stopped(make_known: Callable[..., Known]) -> None:
    """Four weeks after it stopped, last week is right to the noise."""
    known = make_known(days=120, country="")
    stopped = np.where(np.arange(len(known.value)) < 92 * 24, known.value, 0.02 * known.value)
    fitted = ENSEMBLE.fit(replace(known, value=stopped))
    running = ENSEMBLE.fit(known)
    assert fitted.predict(168).shares["last-week"] > running.predict(168).shares["last-week"] + 0.2
    said = fitted.predict(168).quantiles[:, 3]
    assert said.mean() < 0.04 * known.value.mean()


def test_shares_add_up(make_known: Callable[..., Known]) -> None:
    shares = ENSEMBLE.fit(make_known(days=60)).predict(48).shares
    assert set(shares) == {"linear", "trees", "harmonic-ar", "last-week"}
    assert sum(shares.values()) == pytest.approx(1)
