"""How long the water in a reservoir lasts."""

import math

import numpy as np

from mainsight.core.intervals import FloatArray
from mainsight.core.kpi.problem import KpiError

ERROR_MEMORY_H = 6.0
"""Hours over which forecast errors of demand forget themselves (their correlation falls to 1/e); of this project."""


def demand_path(p50: FloatArray, upper: FloatArray, step_h: float, memory_h: float = ERROR_MEMORY_H) -> FloatArray:
    """Demand path whose running total is, at every step, an upper quantile of the total: not the sum of each step's quantile.

    Errors of steps a time t apart are taken to have the correlation exp(-t / memory_h), so that the spread of the total is the
    root of the sum over all pairs. Hours that err independently would give less, hours that err as one the plain sum.

    Args:
        p50: median demand of each coming interval, m3/h, shape (n,).
        upper: the quantile of each (P90, say), m3/h, same shape, not below the median.
        step_h: length of an interval, hours.
        memory_h: as above, hours.

    Returns:
        m3/h, shape (n,); add it up to get the total's quantile. NaN from the first interval on in which either is NaN.

    Raises:
        KpiError: the shapes differ, or a time is not positive.

    Source: variance of a sum of correlated terms; quantiles of a sum taken as those of a normal distribution.

    """
    if p50.shape != upper.shape:
        raise KpiError(f"medians, {p50.shape}, and quantiles, {upper.shape}, are not the same intervals")
    if step_h <= 0 or memory_h <= 0:
        raise KpiError(f"a step of {step_h:g} h with a memory of {memory_h:g} h is not positive")
    kept = math.exp(-step_h / memory_h)
    excess, variance, covariance = np.empty(len(p50)), 0.0, 0.0
    for step, spread in enumerate((upper - p50).tolist()):
        variance += spread * spread + 2 * spread * covariance
        covariance = kept * (covariance + spread)
        excess[step] = math.sqrt(variance) if variance == variance else math.nan  # noqa: PLR0124 - NaN is not itself
    return p50 + np.diff(excess, prepend=0.0)


def storage_hours(usable_m3: float, demand_m3_per_h: FloatArray, inflow_m3_per_h: FloatArray, step_h: float) -> float | None:
    """Hours until a reservoir is empty: first time at which cumulated demand less inflow passes the usable volume.

    To say it for a quantile of demand, give that quantile of the demand path (or take the quantile of the hours over sample
    paths): adding up each hour's P90 overstates demand, and with it how soon the water is gone.

    Args:
        usable_m3: water above the lowest operating level now, m3.
        demand_m3_per_h: mean demand of each coming interval, m3/h, shape (n,).
        inflow_m3_per_h: mean inflow of each, m3/h, same shape.
        step_h: length of an interval, hours.

    Returns:
        Hours from the start of the first interval, linear inside an interval; 0 when there is nothing usable; None when it
        lasts beyond the last interval. NaN where the path has a NaN before that time.

    Raises:
        KpiError: the shapes differ, or the step is not positive.

    Source: mass balance of a tank.

    """
    if demand_m3_per_h.shape != inflow_m3_per_h.shape:
        raise KpiError(f"demand, {demand_m3_per_h.shape}, and inflow, {inflow_m3_per_h.shape}, are not the same intervals")
    if step_h <= 0:
        raise KpiError(f"a step of {step_h:g} h is not positive")
    if math.isnan(usable_m3):
        return math.nan
    if usable_m3 <= 0:
        return 0.0
    drawn = np.concatenate([[0.0], np.cumsum((demand_m3_per_h - inflow_m3_per_h) * step_h)])
    passed = np.isnan(drawn) | (drawn >= usable_m3)
    if not passed.any():
        return None
    step = int(passed.argmax())
    into = (usable_m3 - drawn[step - 1]) / (drawn[step] - drawn[step - 1])
    return float((step - 1 + into) * step_h)
