"""Changes of regime: a tenant that has joined or left, seen as a lasting step in the days' means, and a history brought to the new level.

A step is looked for in the last weeks by the two-level fit with the least absolute error against what is usual of each weekday
before it (a change point with an L1 cost). It counts when it is large against how days scatter, keeps up on nearly
all ordinary days since, and came at once. Days about the lunar new year are no evidence either way. Then the past is
moved to the new level, by time of day and kind of day, so that models need not wait for four weeks of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from forecast.calendar import FAR, BoolArray, DayKind
from forecast.dayframe import DayFrame, cells_of, day_frame
from forecast.known import Known
from forecast.weeks import WEEK
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import local_day

WINDOW_DAYS = 8 * WEEK
LATEST, EARLIEST = 3, 4 * WEEK
"""A step is looked for this many days before the issue: later it is no evidence yet, earlier the usual has taken it up."""
LEAST_BEFORE = 3 * WEEK
SCATTERS = 6.0
"""Size of a step against the usual scatter of days before it."""
LEAST_SHARE = 0.08
"""Size of a step against the level before it."""
KEPT = 0.8
"""Share of ordinary days since the step that have to be beyond half of it."""
CREPT = 0.4
"""Most that the three days before may have departed the same way, as a share of the step: more is a drift, not a step."""
SHRINK_DAYS = 2.0
"""What the step's mean over the day is worth against its shape by time of day, days."""


@dataclass(frozen=True, slots=True)
class Regime:
    """That demand has stepped to a level that has lasted since: a tenant that joined or left.

    Attributes:
        since_ms: first interval of the new level, UTC milliseconds; the day is right, the hour is the issue's.
        size: what the step adds to a day's mean, in the target's unit; below 0 when demand fell.

    """

    since_ms: int
    size: float

    def told(self, timezone: str) -> str:
        """Say it to people."""
        way = "higher" if self.size > 0 else "lower"
        return f"demand is {abs(self.size):.4g} {way} since {local_day(self.since_ms, timezone)}: what was before was brought to that level"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A candidate: first row of the new level, usual mean by weekday before it, size, and the fit's cost."""

    row: int
    usual: FloatArray
    size: float
    cost: float


def tariff_told(known: Known) -> list[str]:
    """Say to people that hours of the tariff changed lately, or will in the week ahead: what was usual before is not now."""
    today = local_day(known.issue_ms, known.calendar.timezone)
    days = known.calendar.tariff_changes(today - timedelta(days=EARLIEST), today + timedelta(days=WEEK))
    return [f"other hours of the tariff since {day}" if day <= today else f"other hours of the tariff from {day} on" for day in days]


def settle(known: Known) -> tuple[Known, Regime | None]:
    """Bring a history to its present level, and say since when that holds; as it is where no step is found.

    Values before the step are moved at each time of day and kind of day: up by what has been added, down in proportion. Only
    what is known at the issue is looked at.
    """
    if not np.isfinite(known.value).any():
        return known, None
    frame = day_frame(known, 1, WINDOW_DAYS)
    step = find_step(frame)
    if step is None:
        return known, None
    first = step.row - frame.days
    row, column = np.divmod(cells_of(known), frame.columns)
    before = row < first
    whole = day_frame(known, 1, int(-row.min()))
    kind = whole.cells(whole.facts.kind)[row + whole.days, column]
    added, share = _moves(frame, step.row)
    scaled = share[kind, column]
    value = np.where(np.isfinite(scaled), known.value * scaled, known.value + added[kind, column])
    return replace(known, value=np.where(before, value, known.value)), Regime(int(known.start_ms[~before][0]), step.size)


def find_step(frame: DayFrame) -> Step | None:
    """Find the step of the last weeks; None where none is large, lasting and sudden enough."""
    ordinary = _ordinary_days(frame)
    day = np.where(ordinary, _means(frame.value), np.nan)
    weekday = frame.facts.weekday[: frame.days]
    candidates = [one for one in _steps(day, weekday) if one is not None]
    if not candidates:
        return None
    best = min(candidates, key=lambda one: one.cost)
    return best if _counts(best, day, weekday) else None


def _ordinary_days(frame: DayFrame) -> BoolArray:
    """Past rows that are no holiday (in any part), not beside one, and not about the lunar new year."""
    facts = frame.facts
    strange = facts.holiday | facts.after_holiday | facts.before_holiday | facts.makeup | (facts.lunar != FAR)
    return np.asarray(~(strange[:-1] | strange[1:])[: frame.days])


def _means(value: FloatArray) -> FloatArray:
    """Mean of each row, NaN where less than half is there."""
    there = np.isfinite(value)
    count = there.sum(axis=1)
    return np.where(2 * count >= value.shape[1], np.where(there, value, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _steps(day: FloatArray, weekday: np.ndarray) -> Iterator[Step | None]:
    """Two-level fits with the step at each row that may have one."""
    for row in range(max(len(day) - EARLIEST, LEAST_BEFORE), len(day) - LATEST + 1):
        usual = _by_weekday(day[:row], weekday[:row])
        away = day - usual[weekday]
        since = away[row:][np.isfinite(away[row:])]
        if np.isfinite(day[:row]).sum() < LEAST_BEFORE or len(since) < LATEST:
            yield None
            continue
        size = float(np.median(since))
        yield Step(row, usual, size, float(np.nansum(np.abs(away[:row])) + np.abs(since - size).sum()))


def _by_weekday(day: FloatArray, weekday: np.ndarray) -> FloatArray:
    """Median of each weekday, shape (7,), NaN where there is none."""
    parts = [day[(weekday == one) & np.isfinite(day)] for one in range(WEEK)]
    return np.array([np.median(part) if len(part) else np.nan for part in parts])


def _counts(step: Step, day: FloatArray, weekday: np.ndarray) -> bool:
    """Whether a step is large, lasting and sudden."""
    away = day - step.usual[weekday]
    before, since = away[: step.row], away[step.row :]
    before, since = before[np.isfinite(before)], since[np.isfinite(since)]
    scatter = 1.4826 * float(np.median(np.abs(before)))
    level = abs(float(np.nanmean(day[: step.row])))
    large = abs(step.size) > max(SCATTERS * scatter, LEAST_SHARE * level)
    lasting = float((since / step.size > 0.5).mean()) >= KEPT if step.size else False
    sudden = float(np.median(before[-3:])) / step.size < CREPT if step.size else False
    return large and lasting and sudden


def _moves(frame: DayFrame, row: int) -> tuple[FloatArray, FloatArray]:
    """What a step adds to each kind of day and time of day, in the target's unit, and what share it leaves: each (kinds, S).

    The share is NaN where there is no less than before, or nothing to take a share of.
    """
    kind = frame.cells(frame.facts.kind)[: frame.days]
    added = np.zeros((len(DayKind), frame.columns))
    usual = np.full_like(added, np.nan)
    days = np.zeros(len(DayKind))
    for one in DayKind:
        usual[one], _ = _mean_where(frame.value[:row], kind[:row] == one)
        now, count = _mean_where(frame.value[row:], kind[row:] == one)
        days[one] = count.mean()
        shape = np.nan_to_num(now - usual[one])
        added[one] = (count * shape + SHRINK_DAYS * shape.mean()) / (count + SHRINK_DAYS)
    seen = days >= LATEST - 1
    ratio = np.nansum(added[seen]) / np.nansum(usual[seen]) if seen.any() and np.nansum(usual[seen]) else 0.0
    added[~seen] = ratio * np.nan_to_num(usual[~seen])
    less = (added < 0) & (usual > 0)
    return added, np.where(less, np.maximum(1 + added / np.where(less, usual, 1.0), 0.0), np.nan)


def _mean_where(value: FloatArray, chosen: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Mean by column over chosen cells, NaN where none is there, and their number."""
    there = chosen & np.isfinite(value)
    count = there.sum(axis=0).astype(np.float64)
    return np.where(count > 0, np.where(there, value, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan), count
