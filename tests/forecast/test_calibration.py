"""From errors to quantiles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.calendar import DayKind
from forecast.calibration import HOLIDAY_SPREAD, in_order, lately, offsets
from mainsight.core.forecasts import QUANTILES

P10, P50, P90 = (QUANTILES.index(level) for level in (0.10, 0.50, 0.90))
WORKDAYS = np.zeros((200, 24), np.int64)


def errors(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 10, (200, 24))


def test_covers_what_it_should() -> None:
    found = offsets(errors(), WORKDAYS, np.ones(200), WORKDAYS[:1])
    inside = (errors(2) >= found[..., P10]) & (errors(2) <= found[..., P90])
    assert inside.mean() == pytest.approx(0.8, abs=0.02)


def test_keeps_the_lopsidedness_of_errors() -> None:
    found = offsets(np.random.default_rng(1).exponential(10, (200, 24)) - 7, WORKDAYS, np.ones(200), WORKDAYS[:1])
    assert (found[..., P90] > 1.5 * -found[..., P10]).all()


def test_spread_follows_the_time_of_day() -> None:
    wide = np.where(np.arange(24) < 12, 5.0, 1.0)
    found = offsets(errors() * wide, WORKDAYS, np.ones(200), WORKDAYS[:1])
    ratio = found[0, 5, P90] / found[0, 18, P90]
    assert ratio == pytest.approx(5.0, rel=0.15)


def test_holidays_not_yet_seen_are_wider() -> None:
    ahead = np.array([[DayKind.WORKDAY] * 24, [DayKind.HOLIDAY] * 24])
    found = offsets(errors(), WORKDAYS, np.ones(200), ahead)
    assert found[1, :, P90] == pytest.approx(HOLIDAY_SPREAD * found[0, :, P90], rel=0.05)


def test_old_errors_count_by_their_weight() -> None:
    error = errors()
    error[:100] *= 10
    weight = np.where(np.arange(200) < 100, 0.0, 1.0)
    recent = offsets(error[100:], WORKDAYS[100:], weight[100:], WORKDAYS[:1])
    assert offsets(error, WORKDAYS, weight, WORKDAYS[:1]) == pytest.approx(recent, rel=0.01)


def test_few_days_that_go_together_are_wider() -> None:
    """Ten days of which five tell as much as one are two days: half as wide again; of two hundred hardly wider."""
    few, many = (
        [
            offsets(errors()[:days], WORKDAYS[:days], np.ones(days), WORKDAYS[:1], together=together)[0, :, P90].mean()
            for together in (0.0, 5.0)
        ]
        for days in (10, 200)
    )
    assert few[1] / few[0] == pytest.approx(1.5)
    assert many[1] / many[0] == pytest.approx(1.025)


def test_no_error_known_gives_no_spread() -> None:
    nothing = np.full((3, 24), np.nan)
    assert (offsets(nothing, WORKDAYS[:3], np.ones(3), WORKDAYS[:1]) == 0).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=24, max_size=24), st.integers(0, 23))
def test_quantiles_never_cross_whatever_the_errors(day: list[float], missing: int) -> None:
    error = np.array([day, day[::-1]])
    error[0, missing] = np.nan
    found = offsets(error, WORKDAYS[:2], np.ones(2), WORKDAYS[:2])
    assert (np.diff(found, axis=-1) >= 0).all()
    assert (found[..., P50] == 0).all()


def test_order_and_zero() -> None:
    crossed = np.array([[-5.0, -6.0, 1.0, 2.0, 2.0, 1.0, 9.0]])
    assert in_order(crossed, nonnegative=False).tolist() == [[-5, -5, 1, 2, 2, 2, 9]]
    assert in_order(crossed, nonnegative=True).tolist() == [[0, 0, 1, 2, 2, 2, 9]]


def test_spread_follows_recent_errors_but_not_a_holiday() -> None:
    """Twice the usual errors over the last ten days widen what is said next; what was said before is measured by its own past."""
    error = np.where(np.arange(100)[:, None] >= 90, 2.0, 1.0) * np.ones((100, 24))
    then, now = lately(error, WORKDAYS[:100], np.arange(100), 1, 99)
    assert now == pytest.approx(1.43, abs=0.03)  # ten days at 2 over 1.1, faded by half in five days, drawn towards 1
    assert then[50] == pytest.approx(1.0, abs=0.1)
    assert then[90] == pytest.approx(then[89], abs=0.01)
    holiday = np.ones((100, 24))
    holiday[98] = 50.0
    kind = WORKDAYS[:100].copy()
    kind[98] = DayKind.HOLIDAY
    assert lately(holiday, kind, np.arange(100), 1, 99)[1] == pytest.approx(1.0)


def test_only_errors_known_at_the_issue_count() -> None:
    error = np.ones((100, 24))
    before, _ = lately(error, WORKDAYS[:100], np.arange(100), 3, 99)
    error[60] = 3.0
    after, _ = lately(error, WORKDAYS[:100], np.arange(100), 3, 99)
    changed = np.flatnonzero(after / after[0] > before / before[0] * 1.01)
    assert changed[0] == 63
