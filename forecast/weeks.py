"""Looking back from a day to the same weekday of earlier weeks, on matrices of days by times of day."""

import numpy as np

from forecast.calendar import BoolArray
from mainsight.core.intervals import FloatArray

WEEK = 7


def earlier(value: FloatArray, days: int) -> FloatArray:
    """Matrix moved so that row t holds what row t - days held; NaN before the start. Shape (n, S) as given."""
    moved = np.full_like(value, np.nan)
    if days < len(value):
        moved[days:] = value[: len(value) - days]
    return moved


def mean_of_weeks(value: FloatArray, usable: BoolArray, *, first_lag: int, take: int = 4, reach: int = 8) -> FloatArray:
    """Mean over the latest usable values at the same weekday and time.

    Args:
        value: shape (n, S), NaN where missing (the future, say).
        usable: shape (n, S): cells that may count (not holidays, say).
        first_lag: nearest week to look at, in days, a multiple of 7; row t sees rows t - first_lag and earlier only.
        take: number of weeks in the mean.
        reach: number of weeks to search for them.

    Returns:
        Shape (n, S); NaN where no week is usable.

    """
    held = np.where(usable, value, np.nan)
    total, count = np.zeros_like(value), np.zeros_like(value)
    for week in range(reach):
        candidate = earlier(held, first_lag + WEEK * week)
        takes = np.isfinite(candidate) & (count < take)
        total += np.where(takes, candidate, 0.0)
        count += takes
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def nearest_week(value: FloatArray, *, first_lag: int, reach: int = 4) -> FloatArray:
    """Latest value at the same weekday and time, shape (n, S); NaN where there is none within `reach` weeks."""
    found = earlier(value, first_lag)
    for week in range(1, reach):
        found = np.where(np.isfinite(found), found, earlier(value, first_lag + WEEK * week))
    return found


def fill_plainly(rows: FloatArray, past: FloatArray) -> FloatArray:
    """Replace NaN by the mean at that time of day over the last four weeks, else by the mean of all of it.

    Args:
        rows: shape (n, S).
        past: shape (D, S), with at least one finite value; only its last 28 rows count when they hold any.

    """
    recent = past[-28:] if np.isfinite(past[-28:]).any() else past
    there = np.isfinite(recent)
    by_time = np.where(there, recent, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    usual = np.where(there.any(axis=0), by_time, recent[there].mean())
    return np.where(np.isfinite(rows), rows, usual[None, :])
