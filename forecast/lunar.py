"""The lunar new year by days from it: what each of its days left of an ordinary day in earlier years.

Its date moves through the solar year, its effect lasts for weeks, and it comes once a year: no model that learns from
weeks sees it coming. So the effect is taken out of the history and put on the forecast: the share of an ordinary day
of that weekday and hour that was drawn so many days before or after the new year, mean of the earlier years that are known,
drawn towards none by how far ordinary days scatter. The first new year of a history stays as it is, and its days remain
holidays of the calendar.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from forecast.calendar import FAR, BoolArray, DayKind
from forecast.dayframe import DayFrame, cells_of, day_frame
from forecast.known import Known
from forecast.weeks import WEEK, mean_of_weeks
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import local_day

HISTORY_DAYS = 1500
"""Four new years."""
BEFORE, AFTER = 10, 14
"""Days before and after the new year that are told by themselves."""
LEAST_SHARE = 0.05
"""Below this share the history says nothing about ordinary days."""
MOST_OF_IT = 0.8
"""Share of a window's intervals that must be there for its year to be known."""
REACH_WEEKS = 10
"""How far back ordinary weeks are looked for: past the whole window."""


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """A history without its lunar new years, but for the first.

    Attributes:
        known: the history, with those days ordinary ones of its calendar.
        told: as it came.
        years: new years whose effect is known.

    """

    known: Known
    told: Known
    years: int

    def share(self, horizon: int) -> FloatArray:
        """What each interval ahead has of an ordinary one, shape (horizon,)."""
        frame = day_frame(self.told, horizon, HISTORY_DAYS)
        return frame.pick(_shares(frame)[frame.days :])

    @property
    def remark(self) -> str:
        """Say it to people."""
        return f"days about the lunar new year as in {self.years} earlier {'year' if self.years == 1 else 'years'}"


def without_new_years(known: Known) -> Plain | None:
    """Take the new years out of a history; None where none is near or in it whose like it has known before."""
    if not _celebrates(known):
        return None
    columns = 86_400 // known.step_s
    frame = day_frame(known, (AFTER + 1) * columns, HISTORY_DAYS)
    first = _first_known(frame)
    later = frame.facts.day[_in_window(frame.facts.lunar) & (_new_year(frame) > first)] if first is not None else ()
    if first is None or not len(later):
        return None
    share = _shares(frame)
    row, column = np.divmod(cells_of(known), columns)
    inside = (row >= -frame.days) & (row < 0)
    mine = np.ones(len(known.value))
    mine[inside] = share[row[inside] + frame.days, column[inside]]
    value = np.where(mine >= LEAST_SHARE, known.value / np.maximum(mine, LEAST_SHARE), np.nan)
    plain: frozenset[date] = frozenset(day.item() for day in later)
    years = np.unique(_new_year(frame))
    past = (years >= first) & (years + AFTER < frame.facts.day[frame.days].astype(np.int64))
    return Plain(replace(known, value=value, calendar=replace(known.calendar, plain=plain)), known, int(past.sum()))


def _celebrates(known: Known) -> bool:
    """Whether the calendar has a lunar new year in the year up to the issue; a history is there to look for it in."""
    facts = known.calendar.facts(local_day(known.issue_ms, known.calendar.timezone) - timedelta(days=385), 385)
    return bool((facts.lunar != FAR).any()) and bool(np.isfinite(known.value).any())


def _first_known(frame: DayFrame) -> int | None:
    """Date of the first new year of which nearly all is in the history, days since 1970; None without."""
    lunar, newest = frame.cells(frame.facts.lunar)[: frame.days], frame.cells(_new_year(frame))[: frame.days]
    window = _in_window(lunar)
    there = window & np.isfinite(frame.value)
    whole = (BEFORE + AFTER + 1) * frame.columns
    known = [int(year) for year in np.unique(newest[window]) if (there & (newest == year)).sum() >= MOST_OF_IT * whole]
    return known[0] if known else None


def _shares(frame: DayFrame) -> FloatArray:
    """What each cell has of an ordinary one by the new years before its own, shape (D + R, S); 1 elsewhere and at the first known."""
    value = np.vstack([frame.value, np.full((frame.rows_ahead, frame.columns), np.nan)])
    lunar = frame.cells(frame.facts.lunar)
    window = _in_window(lunar)
    ordinary = mean_of_weeks(value, ~(frame.cells(frame.facts.holiday) | window), first_lag=WEEK, reach=REACH_WEEKS)
    scatter = _scatter(value, ordinary, window | (frame.cells(frame.facts.kind) == DayKind.HOLIDAY))
    newest = np.where(window, frame.cells(_new_year(frame)), -1)
    share = np.ones_like(value)
    drawn, usual = np.zeros((BEFORE + AFTER + 1, frame.columns)), np.zeros((BEFORE + AFTER + 1, frame.columns))
    seen = np.zeros_like(drawn)
    first = _first_known(frame)
    for year in [year for year in np.unique(newest) if first is not None and year >= first]:
        row, column = np.nonzero(newest == year)
        day = lunar[row, column] + BEFORE
        share[row, column] = _drawn_in(drawn, usual, seen, scatter)[day, column]
        there = np.isfinite(value[row, column]) & np.isfinite(ordinary[row, column])
        at = day[there], column[there]
        drawn[at] += value[row, column][there]
        usual[at] += ordinary[row, column][there]
        seen[at] += 1
    return share


def _drawn_in(drawn: FloatArray, usual: FloatArray, seen: FloatArray, scatter: float) -> FloatArray:
    """Shares by day and column, neighbouring hours pooled, drawn towards 1 by how little the day stands out; 1 where none is known."""
    near = max(drawn.shape[1] // 24, 1) if drawn.shape[1] > 1 else 0
    pooled = [sum(np.roll(one, k, axis=1) for k in range(-near, near + 1)) for one in (drawn, usual)]
    share = np.where(pooled[1] > 0, pooled[0] / np.where(pooled[1] > 0, pooled[1], 1.0), 1.0)
    whole = usual.sum(axis=1)
    away = np.where(whole > 0, drawn.sum(axis=1) / np.where(whole > 0, whole, 1.0), 1.0) - 1
    noise = scatter**2 / np.maximum(seen.mean(axis=1), 1.0)
    believed = away**2 / np.maximum(away**2 + noise, 1e-12)
    result: FloatArray = np.maximum(1 + believed[:, None] * (share - 1), 0.0)
    return result


def _scatter(value: FloatArray, ordinary: FloatArray, strange: BoolArray) -> float:
    """How far the sums of ordinary days lie from the usual ones, as a share."""
    there = np.isfinite(value) & np.isfinite(ordinary) & ~strange
    usual = np.where(there, ordinary, 0.0).sum(axis=1)
    away = np.where(there, value - ordinary, 0.0).sum(axis=1)
    counted = usual > 0
    return 1.4826 * float(np.median(np.abs(away[counted] / usual[counted]))) if counted.any() else 1.0


def _in_window(lunar: np.ndarray) -> BoolArray:
    return np.asarray((lunar != FAR) & (lunar >= -BEFORE) & (lunar <= AFTER))


def _new_year(frame: DayFrame) -> IntArray:
    """Date of the new year that each date is near, days since 1970, shape (D + R + 1,); -1 where none is near."""
    lunar = frame.facts.lunar
    return np.asarray(np.where(lunar == FAR, -1, frame.facts.day.astype(np.int64) - lunar))
