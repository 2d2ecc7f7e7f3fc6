"""Forecasts seen across issues: what was thought a number of steps ahead, or of some instants."""

from collections.abc import Sequence

import numpy as np

from mainsight.core.forecasts import Forecast, ForecastRows


def at_lead(forecasts: Sequence[Forecast], lead: int, start_ms: int, end_ms: int) -> Forecast | None:
    """Row `lead` of each forecast whose time lies in [start, end), as one forecast.

    Args:
        forecasts: of one target and quantity, in order of issue; where two hold the same instant the later issue counts.
        lead: 1 is the first step.
        start_ms: UTC milliseconds.
        end_ms: UTC milliseconds.

    Returns:
        Rows in order of time with the newest issue's model; None when there are none.

    """
    rows = {
        int(one.time_ms[lead - 1]): one.quantiles[lead - 1]
        for one in forecasts
        if 1 <= lead <= len(one.time_ms) and start_ms <= one.time_ms[lead - 1] < end_ms
    }
    if not rows:
        return None
    newest = forecasts[-1]
    times = sorted(rows)
    return Forecast(
        target=newest.target,
        quantity=newest.quantity,
        issue_ms=0,
        step_s=newest.step_s,
        time_ms=np.array(times, np.int64),
        quantiles=np.array([rows[t] for t in times]),
        model=newest.model,
        fallback=newest.fallback,
    )


def rows_of(forecasts: Sequence[Forecast], start_ms: int, end_ms: int) -> ForecastRows | None:
    """All rows of forecasts of one target, in order of issue, whose time lies in [start, end); None when there are none."""
    if not forecasts:
        return None
    time_ms = np.concatenate([one.time_ms for one in forecasts])
    issue_ms = np.repeat([one.issue_ms for one in forecasts], [len(one.time_ms) for one in forecasts])
    quantiles = np.concatenate([one.quantiles for one in forecasts])
    order = np.lexsort((issue_ms, time_ms))
    order = order[(time_ms[order] >= start_ms) & (time_ms[order] < end_ms)]
    return ForecastRows(issue_ms[order], time_ms[order], forecasts[-1].step_s, quantiles[order]) if len(order) else None
