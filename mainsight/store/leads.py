"""Forecasts seen across issues: what was thought a number of steps ahead."""

from collections.abc import Sequence

import numpy as np

from mainsight.core.forecasts import Forecast


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
