"""A forecast: quantiles of a target on its grid, as issued at one instant."""

from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""Probability levels of every forecast, in column order."""
PROFILES = ("seasonal-naive", "typical-day")
"""Models that repeat past days."""


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What was thought at `issue_ms` about the following steps.

    Attributes:
        target: id of a zone, asset or meter.
        quantity: name from the vocabulary, such as power (kW) or flow (m3/h).
        issue_ms: instant of issue, UTC milliseconds, on the target's grid.
        step_s: length of an interval, seconds.
        time_ms: interval starts, shape (h,), ascending; lead k is row k - 1.
        quantiles: shape (h, 7), columns as `QUANTILES`, never decreasing along a row.
        model: name of the model that was used.
        fallback: why a simpler model stood in; empty when none did.
        inputs: hash of what the model was given.
        remarks: what else went into it, for people: why it was fitted anew or its bands changed, the weather it was told, that
            it was made to agree with its parts; empty when nothing.

    """

    target: str
    quantity: str
    issue_ms: int
    step_s: int
    time_ms: IntArray
    quantiles: FloatArray
    model: str
    fallback: str = ""
    inputs: str = ""
    remarks: str = ""

    @property
    def provisional(self) -> bool:
        """A profile of past days stood in for the model that was asked for: true to its errors, and so too wide to call people by."""
        return bool(self.fallback) and self.model in PROFILES


@dataclass(frozen=True, slots=True)
class ForecastIssue:
    """That a forecast was issued: when, UTC milliseconds, by which model, why a simpler one stood in (empty when none did), remarks."""

    issue_ms: int
    model: str
    fallback: str
    remarks: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ForecastRows:
    """Single steps of several issues of one target, in order of time, then of issue; arrays of shape (n,).

    Attributes:
        issue_ms: instant of issue, UTC milliseconds.
        time_ms: interval start, UTC milliseconds.
        step_s: length of an interval, seconds: that of the newest issue.
        quantiles: shape (n, 7), columns as `QUANTILES`.

    """

    issue_ms: IntArray
    time_ms: IntArray
    step_s: int
    quantiles: FloatArray


def probability_above(quantiles: FloatArray, limit: float) -> FloatArray:
    """Probability that each row passes a limit, by linear interpolation between the quantiles.

    Beyond the outer quantiles the probability goes on linearly at the mean density between them, so a limit just
    past P95 is improbable rather than impossible.

    Args:
        quantiles: shape (h, 7), columns as `QUANTILES`; rows with NaN give NaN.
        limit: in the unit of the quantiles.

    Returns:
        Shape (h,), 0 to 1.

    """
    levels = np.array(QUANTILES)
    span = levels[-1] - levels[0]
    spread = quantiles[:, -1] - quantiles[:, 0]
    tail = spread * levels[0] / span
    x = np.column_stack([quantiles[:, 0] - tail, quantiles, quantiles[:, -1] + tail])
    p = np.concatenate([[0.0], levels, [1.0]])
    below = np.array([np.interp(limit, row, p) for row in x])
    below = np.where(limit >= x[:, -1], 1.0, np.where(limit < x[:, 0], 0.0, below))
    return np.where(np.isnan(quantiles).any(axis=1), np.nan, 1.0 - below)
