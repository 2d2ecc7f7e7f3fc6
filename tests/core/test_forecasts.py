"""Probability that a forecast passes a limit, from its quantiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.core.forecasts import QUANTILES, probability_above

ROW = np.array([[100.0, 110.0, 130.0, 150.0, 170.0, 190.0, 200.0]])


@pytest.mark.parametrize(
    ("limit", "probability"),
    [(150, 0.5), (190, 0.1), (200, 0.05), (160, 0.375), (100, 0.95), (0, 1.0), (300, 0.0), (203, 0.05 * (1 - 3 / (100 / 18)))],
)
def test_linear_between_the_quantiles_and_a_little_beyond(limit: float, probability: float) -> None:
    assert probability_above(ROW, limit)[0] == pytest.approx(probability)


def test_a_certain_forecast_either_passes_or_does_not() -> None:
    certain = np.full((1, 7), 50.0)
    assert probability_above(certain, 49.9)[0] == 1.0
    assert probability_above(certain, 50.0)[0] == 0.0


def test_rows_with_a_gap_say_nothing() -> None:
    rows = np.vstack([ROW, ROW])
    rows[1, 3] = np.nan
    result = probability_above(rows, 150)
    assert result[0] == 0.5
    assert np.isnan(result[1])


@given(st.lists(st.floats(-1e6, 1e6), min_size=7, max_size=7), st.floats(-2e6, 2e6), st.floats(0, 1e6))
def test_a_higher_limit_is_never_more_likely(values: list[float], limit: float, more: float) -> None:
    row = np.sort(np.array([values]), axis=1)
    low, high = probability_above(row, limit)[0], probability_above(row, limit + more)[0]
    assert 0 <= high <= low <= 1


@given(st.lists(st.floats(-1e3, 1e3), min_size=7, max_size=7, unique_by=lambda v: round(v, 3)), st.integers(0, 6))
def test_each_quantile_is_passed_with_its_own_probability(values: list[float], index: int) -> None:
    row = np.sort(np.array([values]), axis=1)
    assert probability_above(row, row[0, index])[0] == pytest.approx(1 - QUANTILES[index])
