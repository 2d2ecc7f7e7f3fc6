"""The days about the turn of the year, which many offices and works take off."""

from datetime import date, timedelta

import numpy as np

from forecast.calendar import FAR, Calendar
from forecast.chain import run
from forecast.known import Known
from forecast.models.catalogue import chain_of
from mainsight.core.zonetime import day_start_ms, grid

ZONE = "Europe/Rome"


def test_distance_from_new_year() -> None:
    facts = Calendar(ZONE).facts(date(2024, 12, 10), 45)
    by_day = dict(zip(facts.day.astype(str).tolist(), facts.new_year.tolist(), strict=True))
    assert by_day["2024-12-11"] == FAR
    assert (by_day["2024-12-25"], by_day["2025-01-01"], by_day["2025-01-21"]) == (-7, 0, 20)
    assert by_day["2025-01-22"] == FAR


def closing(until: date) -> tuple[Known, np.ndarray]:
    """Two years of hours of works that do 60 % from 27 to 31 December; what is known on a day, and the week that follows."""
    since = date(2022, 9, 1)
    begin_ms, issue_ms, end_ms = (day_start_ms(day, ZONE) for day in (since, until, until + timedelta(days=7)))
    start_ms = grid(begin_ms, end_ms, 3600, ZONE)
    facts = Calendar(ZONE).facts(since, (until - since).days + 7)
    share = np.where((facts.new_year >= -5) & (facts.new_year <= -1), 0.6, 1.0) * np.where(facts.weekday >= 5, 0.7, 1.0)
    row = ((start_ms - begin_ms + 7_200_000) // 86_400_000).clip(0, len(share) - 1)
    value = 500 * share[row] * np.exp(np.random.default_rng(1).normal(0, 0.02, len(start_ms)))
    past = int(np.searchsorted(start_ms, issue_ms))
    return Known(start_ms[:past], value[:past], 3600, issue_ms, Calendar(ZONE)), value[past:]


def test_days_between_the_years_are_as_a_year_ago() -> None:
    """Forecast on 26 December after one such turn of the year: last week again is far off."""
    known, happened = closing(date(2023, 12, 26))
    said, naive = (run(chain_of(name), known, 168).quantiles[24:120, 3] for name in ("linear", "seasonal-naive"))
    error, of_naive = (np.abs(one - happened[24:120]).sum() / happened[24:120].sum() for one in (said, naive))
    assert of_naive > 0.5
    assert error < 0.4 * of_naive
