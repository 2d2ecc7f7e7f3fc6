"""After each round: the latest forecasts of parts and wholes made to agree, and stored so."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from forecast.hierarchy import Hierarchy, coherent, hierarchies
from forecast.metrics import P10, P50, P90
from forecast.scores import BLOCKS_H
from forecast.targets import HOUR_S, Target
from mainsight.core.forecasts import Forecast
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import SECOND_MS, local_day, rfc3339
from mainsight.store.forecast_port import DayScore, ForecastState
from mainsight.store.port import TimeSeriesStore

log = logging.getLogger(__name__)
ERROR_DAYS = 28
LEAST_DAYS = 7
"""Days of scores from which a target's variance is taken; with fewer its own bands tell it."""
_DEVIATIONS_P10_P90 = 2.563
"""Standard deviations between P10 and P90 of a normal distribution."""
_LEAST = 1e-9
"""Least variance, as a share of the greatest: what never errs still has to leave a matrix that can be solved."""
_CARRIED = "carried on from the issue of"
_AGREED = "made to agree with its parts and the whole"
Key = tuple[str, str]


@dataclass(slots=True)
class Reconciler:
    """Makes forecasts agree.

    Attributes:
        store: where forecasts are.
        state: where scores are: how far each target's forecasts were off.

    """

    store: TimeSeriesStore
    state: ForecastState
    _done: dict[Key, int] = field(default_factory=dict)

    async def reconcile(self, targets: Sequence[Target]) -> list[Forecast]:
        """Bring the latest forecasts into agreement, where one of them is new; what was written.

        Raises:
            StoreError: what is written stays; the next round does the rest.

        """
        written: list[Forecast] = []
        latest = await self._latest(targets)
        there = [target for target in targets if (target.id, target.quantity) in latest]
        for hierarchy in hierarchies(there):
            of = [latest[target.id, target.quantity] for target in hierarchy.targets]
            if all(self._done.get((one.target, one.quantity)) == one.issue_ms for one in of):
                continue
            errors = await self._errors(hierarchy, max(one.issue_ms for one in of))
            agreed = in_agreement(hierarchy, of, errors)
            await self.store.write_forecast(agreed)
            self._done |= {(one.target, one.quantity): one.issue_ms for one in (*of, *agreed)}
            written += agreed
        return written

    async def _latest(self, targets: Sequence[Target]) -> dict[Key, Forecast]:
        found: dict[Key, Forecast] = {}
        for target in targets:
            one = await self.store.forecast(target.id, target.quantity)
            if one is not None and one.step_s == target.step_s:
                found[target.id, target.quantity] = one
        return found

    async def _errors(self, hierarchy: Hierarchy, issue_ms: int) -> dict[int, FloatArray]:
        """Variance of each target's errors by block of lead times; blocks of which some target knows too little are absent."""
        sums: dict[tuple[str, int], list[DayScore]] = defaultdict(list)
        first = local_day(issue_ms, hierarchy.targets[0].calendar.timezone) - timedelta(days=ERROR_DAYS)
        for target in hierarchy.targets:
            for one in await self.state.forecast_scores(target.id, target.quantity, first=first.isoformat()):
                sums[target.id, one.block_h].append(one)
        found = {}
        for block in BLOCKS_H:
            kept = [sums[target.id, block] for target in hierarchy.targets]
            if all(len(days) >= LEAST_DAYS for days in kept):
                found[block] = np.array([sum(one.square for one in days) / sum(one.n for one in days) for days in kept])
        return found


def in_agreement(hierarchy: Hierarchy, forecasts: Sequence[Forecast], errors: Mapping[int, FloatArray]) -> list[Forecast]:
    """Forecasts whose medians add up, each as of the newest issue among them.

    On the coarsest step among the targets; a finer target's intervals move together. Intervals that one of them does not reach
    stay as they are. A forecast of an earlier issue is carried on from the newest issue on, and says so.

    Args:
        hierarchy: what adds up to what.
        forecasts: one a target, in its order.
        errors: block of lead times -> variance of each target's errors, shape (targets,); where absent the bands' width tells.

    """
    issue_ms = max(one.issue_ms for one in forecasts)
    step_ms = max(one.step_s for one in forecasts) * SECOND_MS
    current = [_carried(one, issue_ms) for one in forecasts]
    common = _common(current, step_ms)
    if not len(common):
        return []
    medians = np.stack([_coarse(one, one.quantiles[:, P50], common, step_ms) for one in current])
    bands = np.stack([_coarse(one, one.quantiles[:, P90] - one.quantiles[:, P10], common, step_ms) for one in current])
    nonnegative = np.array([one.quantiles.min() >= 0 for one in current])
    agreed = medians.copy()
    block = np.searchsorted(BLOCKS_H, (common - issue_ms + step_ms) / (HOUR_S * SECOND_MS))
    for number in np.unique(block):
        chosen = block == number
        by_bands = np.square(bands[:, chosen] / _DEVIATIONS_P10_P90).mean(axis=1)
        variance = errors.get(BLOCKS_H[number], by_bands)
        agreed[:, chosen] = coherent(medians[:, chosen], _positive(variance), hierarchy.sums, nonnegative)
    return [_moved(one, agreed[row] - medians[row], common, step_ms) for row, one in enumerate(current)]


def _positive(variance: FloatArray) -> FloatArray:
    """Variances relative to the greatest, none of them 0; all alike where nothing ever errs."""
    greatest = variance.max()
    relative: FloatArray = np.maximum(variance / greatest, _LEAST) if greatest > 0 else np.ones_like(variance)
    return relative


def _carried(one: Forecast, issue_ms: int) -> Forecast:
    if one.issue_ms == issue_ms:
        return one
    kept, remarks = one.time_ms >= issue_ms, one.remarks
    if _CARRIED not in remarks:  # round after round it is carried on from the same one
        remarks = "; ".join(filter(None, [remarks, f"{_CARRIED} {rfc3339(one.issue_ms)}: nothing new was measured since"]))
    return replace(one, issue_ms=issue_ms, time_ms=one.time_ms[kept], quantiles=one.quantiles[kept], remarks=remarks)


def _common(forecasts: Sequence[Forecast], step_ms: int) -> IntArray:
    """Starts of the coarse intervals that all forecasts hold in full."""
    whole: IntArray | None = None
    for one in forecasts:
        starts, count = np.unique(one.time_ms // step_ms * step_ms, return_counts=True)
        full = starts[count == step_ms // (one.step_s * SECOND_MS)]
        whole = full if whole is None else np.intersect1d(whole, full)
    assert whole is not None, "a hierarchy has targets"
    return whole


def _coarse(one: Forecast, value: FloatArray, common: IntArray, step_ms: int) -> FloatArray:
    """Mean over each coarse interval, shape (n,)."""
    row = _rows(one, common, step_ms)
    inside = row >= 0
    total = np.bincount(row[inside], weights=value[inside], minlength=len(common))
    return total / (step_ms // (one.step_s * SECOND_MS))


def _moved(one: Forecast, shift: FloatArray, common: IntArray, step_ms: int) -> Forecast:
    """Shift each interval with its coarse one: of what cannot be below 0 in proportion to its median, so that none falls below."""
    median, row = one.quantiles[:, P50], _rows(one, common, step_ms)
    coarse = _coarse(one, median, common, step_ms)
    nonnegative = one.quantiles.min() >= 0
    at = np.maximum(row, 0)
    weight = np.where(nonnegative & (coarse[at] > 0), median / np.maximum(coarse[at], 1e-300), 1.0)
    moved = one.quantiles + np.where(row >= 0, shift[at] * weight, 0.0)[:, None]
    if nonnegative:
        moved = np.maximum(moved, 0.0)
    share = np.abs(shift).sum() / max(float(np.abs(coarse).sum()), 1e-300)
    before = [remark for remark in one.remarks.split("; ") if remark and not remark.startswith(_AGREED)]
    return replace(one, quantiles=moved, remarks="; ".join([*before, f"{_AGREED}: P50 moved by {100 * share:.2g} %"]))


def _rows(one: Forecast, common: IntArray, step_ms: int) -> IntArray:
    """Row of each interval among the coarse ones, -1 for those outside."""
    start = one.time_ms // step_ms * step_ms
    at = np.minimum(np.searchsorted(common, start), len(common) - 1)
    return np.where(common[at] == start, at, -1)
