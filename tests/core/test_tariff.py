"""Time of use: peak and off-peak hours of days, with changes, half hours and nights."""

from datetime import date

import numpy as np
import pytest

from mainsight.core.tariff import Span, Tariff, TariffHours

WORKDAYS, ALL = tuple(range(6)), tuple(range(7))
NIGHT = Span(ALL, 22 * 60, 4 * 60)
TARIFF = Tariff(
    "t",
    (
        TariffHours(date(2026, 1, 1), (Span(WORKDAYS, 9 * 60 + 30, 11 * 60 + 30),), (NIGHT,)),
        TariffHours(date(2026, 3, 2), (), (Span((5,), 22 * 60, 4 * 60),)),
    ),
)
PEAK, OFF_PEAK = 0, 1


def days(first: str, count: int) -> np.ndarray:
    return np.datetime64(first, "D") + np.arange(count)


def test_intervals_are_shared_out_by_their_minutes() -> None:
    monday = TARIFF.shares(days("2026-02-02", 1), 3600)[0]
    assert monday[8:13, PEAK].tolist() == [0.0, 0.5, 1.0, 0.5, 0.0]
    assert np.flatnonzero(monday[:, OFF_PEAK]).tolist() == [0, 1, 2, 3, 22, 23]
    quarters = TARIFF.shares(days("2026-02-02", 1), 900)[0]
    assert np.flatnonzero(quarters[:, PEAK]).tolist() == list(range(38, 46))
    assert quarters.reshape(24, 4, 2).mean(axis=1) == pytest.approx(monday)


def test_a_day_of_the_week_without_a_peak_has_none() -> None:
    week = TARIFF.shares(days("2026-02-02", 7), 3600)
    assert week[:, :, PEAK].sum(axis=1).tolist() == [2.0] * 6 + [0.0]


def test_hours_hold_from_their_day_on_and_none_before_the_first() -> None:
    shares = TARIFF.shares(days("2025-12-31", 2), 3600)
    assert not shares[0].any()
    assert shares[1].any()
    change = TARIFF.shares(days("2026-03-01", 2), 3600)
    assert change[0, :, OFF_PEAK].sum() == 6
    assert change[1].sum() == 0
    assert TARIFF.changes() == (date(2026, 3, 2),)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    saturday, sunday = TARIFF.shares(days("2026-03-07", 2), 3600)[:, :, OFF_PEAK]
    assert np.flatnonzero(saturday).tolist() == [22, 23]
    assert np.flatnonzero(sunday).tolist() == [0, 1, 2, 3]
    assert TARIFF.shares(days("2026-03-09", 1), 3600)[0].sum() == 0, "of the week's last night nothing is left on Monday"
