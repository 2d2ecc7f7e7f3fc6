"""Measures of a forecast against what happened. Pairs in which either side is NaN do not count."""

from dataclasses import asdict, dataclass
from math import isfinite

import numpy as np

from mainsight.core.forecasts import QUANTILES
from mainsight.core.intervals import FloatArray

P10, P50, P90 = QUANTILES.index(0.10), QUANTILES.index(0.50), QUANTILES.index(0.90)


@dataclass(frozen=True, slots=True)
class Scores:
    """Measures of one forecast; NaN where nothing could be compared.

    Attributes:
        n: number of intervals compared.
        mae: mean absolute error of P50, in the target's unit.
        rmse: root of the mean squared error of P50, in the target's unit.
        wape: sum of absolute errors over the sum of absolute values, 1.
        mase: mae over that of "the same time last week" within the history, 1 (Hyndman & Koehler 2006, seasonal).
        pinball: mean pinball loss over `QUANTILES` and intervals, in the target's unit (Koenker & Bassett 1978).
        coverage_p10_p90: share of values within P10 and P90, 1; 0.8 is right.

    """

    n: int
    mae: float
    rmse: float
    wape: float
    mase: float
    pinball: float
    coverage_p10_p90: float

    def as_dict(self) -> dict[str, float | None]:
        """Names and values, None for NaN."""
        return {name: value if isfinite(value) else None for name, value in asdict(self).items()}


def score(actual: FloatArray, quantiles: FloatArray, naive_mae: float) -> Scores:
    """Measure a forecast.

    Args:
        actual: shape (h,), what happened; NaN where it is not known.
        quantiles: shape (h, 7), columns as `QUANTILES`, same unit.
        naive_mae: in-sample mean absolute error of "last week", same unit; NaN or 0 gives no MASE.

    """
    there = np.isfinite(actual) & np.isfinite(quantiles).all(axis=1)
    actual, quantiles = actual[there], quantiles[there]
    nothing = float("nan")
    if not len(actual):
        return Scores(0, nothing, nothing, nothing, nothing, nothing, nothing)
    error = actual - quantiles[:, P50]
    mae = float(np.abs(error).mean())
    volume = float(np.abs(actual).sum())
    inside = (actual >= quantiles[:, P10]) & (actual <= quantiles[:, P90])
    return Scores(
        n=len(actual),
        mae=mae,
        rmse=float(np.sqrt((error**2).mean())),
        wape=float(np.abs(error).sum()) / volume if volume > 0 else nothing,
        mase=mae / naive_mae if naive_mae > 0 else nothing,
        pinball=pinball(actual, quantiles),
        coverage_p10_p90=float(inside.mean()),
    )


def pinball(actual: FloatArray, quantiles: FloatArray) -> float:
    """Mean pinball loss: level * e where the value lies e above the quantile, (1 - level) * e where below.

    Args:
        actual: shape (h,), finite.
        quantiles: shape (h, 7), finite, columns as `QUANTILES`.

    """
    error = actual[:, None] - quantiles
    levels = np.array(QUANTILES)
    return float(np.maximum(levels * error, (levels - 1) * error).mean())


def naive_mae(value: FloatArray, steps_per_week: int) -> float:
    """Mean absolute difference between values a week apart; NaN when there is no pair.

    Args:
        value: shape (n,) on a full grid, NaN where missing.
        steps_per_week: lag in intervals.

    """
    if len(value) <= steps_per_week:
        return float("nan")
    apart = np.abs(value[steps_per_week:] - value[:-steps_per_week])
    return float(np.nanmean(apart)) if np.isfinite(apart).any() else float("nan")


def mean_scores(scores: list[Scores]) -> Scores:
    """Plain mean of each measure over forecasts, those without it left out; `n` adds up."""

    def mean(name: str) -> float:
        values = [getattr(one, name) for one in scores if isfinite(getattr(one, name))]
        return float(np.mean(values)) if values else float("nan")

    return Scores(
        n=sum(one.n for one in scores),
        mae=mean("mae"),
        rmse=mean("rmse"),
        wape=mean("wape"),
        mase=mean("mase"),
        pinball=mean("pinball"),
        coverage_p10_p90=mean("coverage_p10_p90"),
    )
