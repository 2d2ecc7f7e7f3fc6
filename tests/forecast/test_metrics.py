"""Measures, worked by hand."""

import numpy as np
import pytest

from forecast.metrics import mean_scores, naive_mae, pinball, score

NAN = float("nan")


def test_scores_by_hand() -> None:
    """Errors of P50 are 2, -4, 0; P10..P90 holds the first and the last."""
    quantiles = np.array([[6, 7, 7.5, 8, 9, 10, 11], [20, 21, 22, 24, 25, 26, 27], [4, 4.5, 4.8, 5, 5.2, 5.5, 6]], float)
    scores = score(np.array([10.0, 20.0, 5.0]), quantiles, naive_mae=4.0)
    assert scores.n == 3
    assert scores.mae == pytest.approx(2.0)
    assert scores.rmse == pytest.approx((20 / 3) ** 0.5)
    assert scores.wape == pytest.approx(6 / 35)
    assert scores.mase == pytest.approx(0.5)
    assert scores.coverage_p10_p90 == pytest.approx(2 / 3)


def test_pinball_by_hand() -> None:
    """All quantiles 1 below the value cost their level, 1 above it 1 - level: both means are 0.5."""
    flat = np.full((1, 7), 9.0)
    assert pinball(np.array([10.0]), flat) == pytest.approx(0.5)
    assert pinball(np.array([8.0]), flat) == pytest.approx(0.5)
    only_p95 = np.array([[10, 10, 10, 10, 10, 10, 14.0]])
    assert pinball(np.array([10.0]), only_p95) == pytest.approx(0.05 * 4 / 7)


def test_missing_values_do_not_count() -> None:
    quantiles = np.array([[1.0] * 7, [NAN] * 7, [3.0] * 7])
    scores = score(np.array([2.0, 2.0, NAN]), quantiles, naive_mae=NAN)
    assert (scores.n, scores.mae) == (1, 1.0)
    assert scores.as_dict()["mase"] is None
    nothing = score(np.array([NAN]), np.array([[1.0] * 7]), 1.0)
    assert nothing.n == 0
    assert set(nothing.as_dict().values()) == {0, None}


def test_naive_error_of_the_history() -> None:
    assert naive_mae(np.array([1.0, 2.0, 4.0, NAN, 7.0]), 2) == pytest.approx(3.0)
    assert np.isnan(naive_mae(np.array([1.0, 2.0]), 7))


def test_means_leave_out_what_is_not_known() -> None:
    good = score(np.array([2.0]), np.array([[1.0] * 7]), 2.0)
    blank = score(np.array([NAN]), np.array([[1.0] * 7]), 2.0)
    assert mean_scores([good, blank]) == good
