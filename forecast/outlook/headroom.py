"""Headroom by month: what the history lets expect, with applications drawn in or out, against firm capacity and projects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecast.outlook.monthly import Months
from mainsight.core.intervals import FloatArray

DRAWS = 4000
SEED = 1


@dataclass(frozen=True, slots=True)
class Step:
    """More demand, or more capacity, from a month on.

    Attributes:
        size: in the unit of capacity.
        start: day from which it counts; from the month it lies in.
        probability: that it comes, 0 to 1.

    """

    size: float
    start: date
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class MonthHeadroom:
    """One month of one zone, in the unit of capacity.

    Attributes:
        month: its first day.
        p10, p50, p90: quantiles of the month's peak, applications included.
        firm: capacity with the projects that are there in that month.

    """

    month: date
    p10: float
    p50: float
    p90: float
    firm: float

    @property
    def headroom(self) -> float:
        """Firm capacity less P90; below 0 where P90 passes it."""
        return self.firm - self.p90


def headroom(first: date, peaks: Months, firm: FloatArray, arrivals: Sequence[Step], projects: Sequence[Step]) -> list[MonthHeadroom]:
    """Put a zone's outlook together.

    An application adds all it asks for to the peak, from its month on: cautious, as peaks need not coincide. What the history
    leaves open is taken to err alike in all months, each application to come or not for good. The same inputs give the same
    numbers; the order of applications does not matter.

    Args:
        first: first day of the first month.
        peaks: monthly peaks by history alone, in the unit of capacity.
        firm: shape (n,), firm capacity of each month without projects; NaN where there is none.
        arrivals: applications.
        projects: more capacity.

    """
    months = months_from(first, len(peaks.point))
    random = np.random.default_rng(SEED)
    peak = peaks.point[:, None] * np.exp(peaks.spread * random.standard_normal(DRAWS))[None, :]
    for arrival in sorted(arrivals, key=lambda one: (one.start, one.size, one.probability)):
        comes = random.random(DRAWS) < arrival.probability
        peak += np.array([arrival.size * _there(arrival, month) for month in months])[:, None] * comes[None, :]
    levels = np.quantile(peak, [0.1, 0.5, 0.9], axis=1)
    more = [sum(one.size for one in projects if _there(one, month)) for month in months]
    return [
        MonthHeadroom(month, float(levels[0, n]), float(levels[1, n]), float(levels[2, n]), float(firm[n]) + more[n])
        for n, month in enumerate(months)
    ]


def months_from(first: date, count: int) -> list[date]:
    """First days of `count` months."""
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]


def first_breach(months: Sequence[MonthHeadroom]) -> date | None:
    """First month whose P90 passes firm capacity; None when none does."""
    return next((one.month for one in months if one.headroom < 0), None)


def _there(step: Step, month: date) -> bool:
    return (step.start.year, step.start.month) <= (month.year, month.month)
