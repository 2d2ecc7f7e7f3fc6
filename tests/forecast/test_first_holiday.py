"""A holiday under way, the first that the history holds: the rest of it is like a rest day, not like last week."""

from datetime import date, timedelta

import numpy as np
import pytest

from forecast.calendar import Calendar
from forecast.known import Known
from forecast.models.catalogue import MODELS
from mainsight.core.zonetime import HOUR_MS, day_start_ms

ZONE = "Asia/Ho_Chi_Minh"
HOLIDAY = date(2026, 11, 24)  # a Tuesday
WORKING, RESTING = 130.0, 90.0


def history(until_ms: int) -> Known:
    """Six weeks by the hour: working days by day, rest on Sundays and on the holiday, 80 at night."""
    generator = np.random.default_rng(3)
    days = [HOLIDAY - timedelta(days=back) for back in range(42, -1, -1)]
    by_day = [RESTING if day.isoweekday() == 7 or day == HOLIDAY else WORKING for day in days]
    hours = np.arange(24)
    value = np.concatenate([np.where((hours >= 6) & (hours < 22), level, 80.0) for level in by_day])
    start = day_start_ms(days[0], ZONE) + np.arange(len(value)) * HOUR_MS
    there = start < until_ms
    noisy = value + generator.normal(0, 1, len(value))
    return Known(start[there], noisy[there], 3600, until_ms, Calendar(ZONE, closures=frozenset({HOLIDAY})))


@pytest.mark.parametrize("name", ["ensemble", "linear", "harmonic-ar"])
def test_the_rest_of_the_first_holiday_is_like_a_rest_day(name: str) -> None:
    known = history(day_start_ms(HOLIDAY, ZONE) + 15 * HOUR_MS)
    median = MODELS[name].fit(known).predict(24).quantiles[:, 3]
    assert median[:6] == pytest.approx([RESTING] * 6, abs=8)
    assert median[16:24] == pytest.approx([WORKING] * 8, abs=12), "the next day is worked again"
