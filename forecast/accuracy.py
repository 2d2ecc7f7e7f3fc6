"""How good past forecasts were, by how far ahead they looked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.demand import Demand, demand
from forecast.metrics import P10, P50, P90
from forecast.targets import HOUR_S, Target
from mainsight.core.forecasts import Forecast
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.port import TimeSeriesStore

LEADS_H = (1, 2, 4, 6, 12, 24, 48, 72, 120, 168)
_WEEK_MS = 7 * DAY_S * SECOND_MS


@dataclass(frozen=True, slots=True)
class LeadAccuracy:
    """Accuracy of what was said a number of hours ahead.

    Attributes:
        lead_h: from lead_h - 1 to lead_h hours ahead.
        n: intervals compared; only such as were measured in full.
        wape: sum of absolute errors of P50 over the sum of absolute values, 1.
        wape_naive: the same of "last week", over the intervals where that is known, 1; None where none is.
        coverage: share of values within P10 and P90, 1; 0.8 is right.
        below: share of values at or below each of `QUANTILES`, 1; the levels themselves are right.

    """

    lead_h: int
    n: int
    wape: float
    wape_naive: float | None
    coverage: float
    below: tuple[float, ...]


async def accuracy(
    store: TimeSeriesStore, target: Target, start_ms: int, end_ms: int, leads_h: Sequence[int] = LEADS_H
) -> list[LeadAccuracy]:
    """Compare stored forecasts of [start, end) with what happened; leads without a pair are left out.

    Raises:
        StoreError: the store could not be read.

    """
    happened = await demand(store, target, start_ms - _WEEK_MS, end_ms)
    steps = HOUR_S // target.step_s
    found: list[LeadAccuracy] = []
    for lead_h in leads_h:
        leads = range((lead_h - 1) * steps + 1, lead_h * steps + 1)
        said = [await store.forecasts_at_lead(target.id, target.quantity, lead, start_ms, end_ms) for lead in leads]
        compared = compare(lead_h, [one for one in said if one is not None], happened, _WEEK_MS // (target.step_s * SECOND_MS))
        if compared is not None:
            found.append(compared)
    return found


def compare(lead_h: int, said: Sequence[Forecast], happened: Demand, steps_per_week: int) -> LeadAccuracy | None:
    """Measure forecasts at one lead; None when no interval of theirs was measured.

    Args:
        lead_h: for the result.
        said: forecasts as one row an instant.
        happened: demand on a full grid, from a week before the first of these instants on.
        steps_per_week: intervals in a week.

    """
    if not said:
        return None
    time_ms = np.concatenate([one.time_ms for one in said])
    quantiles = np.concatenate([one.quantiles for one in said])
    at = np.searchsorted(happened.start_ms, time_ms)
    inside = at < len(happened.start_ms)
    at, time_ms, quantiles = at[inside], time_ms[inside], quantiles[inside]
    counts = (happened.start_ms[at] == time_ms) & happened.measured[at] & np.isfinite(quantiles).all(axis=1)
    at, quantiles = at[counts], quantiles[counts]
    actual = happened.value[at]
    volume = np.abs(actual).sum()
    if not len(at) or volume == 0:
        return None
    naive = np.where(at >= steps_per_week, happened.value[np.maximum(at - steps_per_week, 0)], np.nan)
    both = np.isfinite(naive)
    naive_volume = np.abs(actual[both]).sum()
    within = (actual >= quantiles[:, P10]) & (actual <= quantiles[:, P90])
    return LeadAccuracy(
        lead_h=lead_h,
        n=len(at),
        wape=float(np.abs(actual - quantiles[:, P50]).sum() / volume),
        wape_naive=float(np.abs(actual - naive)[both].sum() / naive_volume) if naive_volume > 0 else None,
        coverage=float(within.mean()),
        below=tuple((actual[:, None] <= quantiles).mean(axis=0).tolist()),
    )
