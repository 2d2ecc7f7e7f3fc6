"""Adding up meters."""

from collections.abc import Callable
from datetime import date

import numpy as np

from forecast.calendar import DayKind
from forecast.dayframe import believed, day_frame
from forecast.demand import add_up
from forecast.known import Known
from mainsight.core.zonetime import HOUR_MS

NAN = float("nan")


def test_a_silent_meter_is_filled_from_the_week_before() -> None:
    parts = np.array([[1.0, 2.0, 3.0, NAN], [10.0, 20.0, 30.0, 40.0]])
    total, measured = add_up(parts, steps_per_week=2)
    assert total.tolist() == [11, 22, 33, 42]
    assert measured.tolist() == [True, True, True, False]


def test_a_meter_counts_from_its_first_value_until_four_silent_weeks() -> None:
    """One-step weeks: filled four times, then gone; nothing is made up before the first value or where nobody was heard."""
    parts = np.array([[NAN, 5.0, NAN, NAN, NAN, NAN, NAN, NAN], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, NAN]])
    total, measured = add_up(parts, steps_per_week=1)
    assert total[:-1].tolist() == [1, 6, 6, 6, 6, 6, 1]
    assert np.isnan(total[-1])
    assert measured.tolist() == [True, True, False, False, False, False, False, False]


def test_a_stuck_meter_is_not_believed_from_the_moment_it_shows() -> None:
    value = np.arange(600.0)
    value[500:540] = 500.0
    kept = believed(value, 3600)
    assert np.isnan(kept[512:540]).all()
    assert np.isfinite(kept[:512]).all()
    assert np.array_equal(believed(value[:530], 3600), kept[:530], equal_nan=True)


def test_values_that_no_load_can_have_are_not_believed() -> None:
    value = 100 + np.sin(np.arange(600.0))
    value[[200, 400]] = 1e9, -1e9
    kept = believed(value, 3600)
    assert np.flatnonzero(np.isnan(kept)).tolist() == [200, 400]
    rare = np.zeros(600)
    rare[::50] = 1.0
    assert np.isfinite(believed(rare, 3600)).all()


def test_a_constant_load_and_a_resting_one_are_believed() -> None:
    assert np.isfinite(believed(np.full(400, 7.0), 3600)).all()
    assert np.isfinite(believed(np.repeat(np.arange(20.0), 20), 3600)).all()
    resting = np.arange(400.0)
    resting[100:150] = 0.0
    assert np.isfinite(believed(resting, 3600)).all()


def test_days_are_local_and_clock_changes_leave_a_hole_or_share_a_cell(make_known: Callable[..., Known]) -> None:
    """In Rome 2026-10-25 has 25 hours: its two passes of 02:00 are averaged; 2026-03-29 has no 02:00."""
    autumn = make_known(timezone="Europe/Rome", country="IT", issue_ms=1_792_969_200_000 + 2 * 24 * HOUR_MS, days=10)  # 2026-10-28 00:00
    frame = day_frame(autumn, 24, 4)
    at = int(np.searchsorted(autumn.start_ms, 1_792_886_400_000))  # 00:00 UTC: 02:00 summer time
    assert frame.value[1, 2] == np.mean(autumn.value[at : at + 2])
    spring = make_known(timezone="Europe/Rome", country="IT", issue_ms=1_774_821_600_000, days=10)  # 2026-03-30 00:00
    frame = day_frame(spring, 24, 4)
    assert np.isnan(frame.value[-1, 2])
    assert np.isfinite(np.delete(frame.value[-1], 2)).all()


def test_issue_in_the_middle_of_a_day_splits_its_dates(make_known: Callable[..., Known]) -> None:
    """Rows start at the issue's time of day; Sunday 2026-01-04 18:00 + 6 columns is Monday."""
    known = make_known(issue_ms=1_767_524_400_000)
    frame = day_frame(known, 24, 14)
    kind = frame.cells(frame.facts.kind)
    assert kind[-1].tolist() == [DayKind.REST] * 6 + [DayKind.WORKDAY] * 18
    assert frame.facts.day[0].item() == date(2025, 12, 21)
