"""How good forecasts were: sums by day and block of lead times, and the figures that any number of days gives."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecast.demand import Demand
from forecast.metrics import P10, P50, P90
from forecast.targets import Target
from mainsight.core.forecasts import QUANTILES, ForecastRows
from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.zonetime import DAY_S, HOUR_MS, SECOND_MS
from mainsight.store.forecast_port import REACHES, DayScore

BLOCKS_H = (1, 6, 24, 48, 72, 120, 168, 1440)
"""Greatest lead of each block, hours; a row belongs to the first that its interval's end does not pass."""
WEEK_MS = 7 * DAY_S * SECOND_MS


@dataclass(frozen=True, slots=True)
class Figures:
    """What sums amount to; None where nothing is known of it.

    Attributes:
        n: rows compared.
        wape: sum of absolute errors of P50 over the sum of absolute values, 1.
        bias: sum of P50 less value over the sum of absolute values, 1: positive when too high.
        pinball: mean pinball loss of the seven quantiles over the mean of absolute values, 1.
        coverage: share of values within P10 and P90, 1; 0.8 is right.
        skill: 1 less the error over that of last week again, over the same rows; negative when last week is better.

    """

    n: int
    wape: float | None
    bias: float | None
    pinball: float | None
    coverage: float | None
    skill: float | None


def figures(scores: Iterable[DayScore]) -> Figures:
    """Figures of any scores of one target together."""
    kept = list(scores)
    n, volume = sum(one.n for one in kept), sum(one.volume for one in kept)
    naive = sum(one.naive_error for one in kept)

    def share(total: float, of: float) -> float | None:
        return total / of if of > 0 else None

    return Figures(
        n=n,
        wape=share(sum(one.error for one in kept), volume),
        bias=share(sum(one.bias for one in kept), volume),
        pinball=share(sum(one.pinball for one in kept), volume),
        coverage=share(sum(one.inside for one in kept), n),
        skill=1 - sum(one.paired_error for one in kept) / naive if naive > 0 else None,
    )


def digest(happened: Demand, start_ms: int, end_ms: int) -> str:
    """Short hash of what a day is scored against: its values, which of them count, and last week's."""
    parts = hashlib.sha256()
    for first, last in ((start_ms, end_ms), (start_ms - WEEK_MS, end_ms - WEEK_MS)):
        inside = (happened.start_ms >= first) & (happened.start_ms < last)
        parts.update(happened.value[inside].tobytes() + happened.measured[inside].tobytes())
    return parts.hexdigest()[:16]


def score_day(target: Target, day: str, said: ForecastRows, happened: Demand, inputs: str, now_ms: int) -> list[DayScore]:
    """Score what was said about one day, block by block; blocks without a row that can be compared are left out.

    Args:
        target: what was forecast.
        day: local date, ISO.
        said: all rows about the day.
        happened: demand on a full grid, from a week before the day on; only intervals that were measured in full count.
        inputs: for the result: `digest`.
        now_ms: likewise, UTC milliseconds.

    """
    at = np.searchsorted(happened.start_ms, said.time_ms)
    at = np.minimum(at, len(happened.start_ms) - 1)
    counts = (happened.start_ms[at] == said.time_ms) & happened.measured[at] & np.isfinite(said.quantiles).all(axis=1)
    week = WEEK_MS // (target.step_s * SECOND_MS)
    naive = np.where(at >= week, happened.value[np.maximum(at - week, 0)], np.nan)
    end_h = (said.time_ms - said.issue_ms + said.step_s * SECOND_MS) / HOUR_MS
    block = np.searchsorted(BLOCKS_H, end_h)
    found = []
    for number, block_h in enumerate(BLOCKS_H):
        chosen = counts & (block == number)
        if chosen.any():
            sums = _sums(happened.value[at[chosen]], said.quantiles[chosen], naive[chosen])
            found.append(DayScore(target.id, target.quantity, day, block_h, *sums, digest=inputs, scored_ms=now_ms))
    return found


def _sums(
    actual: FloatArray, quantiles: FloatArray, naive: FloatArray
) -> tuple[int, float, float, float, float, float, int, int, float, float, float, tuple[int, ...], tuple[int, ...]]:
    """The sums of a `DayScore` in its order."""
    error = actual - quantiles[:, P50]
    distance = actual[:, None] - quantiles
    levels = np.array(QUANTILES)
    pinball = np.maximum(levels * distance, (levels - 1) * distance).mean(axis=1)
    both = np.isfinite(naive)
    inside = (actual >= quantiles[:, P10]) & (actual <= quantiles[:, P90])
    return (
        len(actual),
        float(np.abs(actual).sum()),
        float(np.abs(error).sum()),
        float(-error.sum()),
        float((error**2).sum()),
        float(pinball.sum()),
        int(inside.sum()),
        int(both.sum()),
        float(np.abs(actual[both]).sum()),
        float(np.abs(actual - naive)[both].sum()),
        float(np.abs(error[both]).sum()),
        _beyond(error, quantiles[:, P90] - quantiles[:, P50]),
        _beyond(-error, quantiles[:, P50] - quantiles[:, P10]),
    )


def _beyond(error: FloatArray, width: FloatArray) -> tuple[int, ...]:
    """How many errors are greater than each of `REACHES` times a width."""
    counts: IntArray = (error[:, None] > width[:, None] * np.array(REACHES)).sum(axis=0)
    return tuple(counts.tolist())
