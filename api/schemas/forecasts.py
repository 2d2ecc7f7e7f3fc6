"""Forecasts: as issued, how good they were, what they are made of, and the peaks they expect."""

from api.schemas.base import Schema, Text


class ForecastSeries(Schema):
    """A forecast as it was issued; `provisional` when a repeat of past days stood in for the usual model: its band is wide.

    `remarks` say what else went into it: why it was fitted anew or its bands changed, the weather it was told; empty when nothing.
    `fallback_text` and `remarks_text` say the same in each language.
    """

    target: str
    quantity: str
    unit: str
    issue_ms: int
    step_s: int
    model: str
    fallback: str
    fallback_text: Text
    provisional: bool
    remarks: str
    remarks_text: Text
    inputs: str
    time_ms: list[int]
    p05: list[float]
    p10: list[float]
    p25: list[float]
    p50: list[float]
    p75: list[float]
    p90: list[float]
    p95: list[float]


class Issue(Schema):
    """That a forecast was issued; `fallback` says why a simpler model stood in, and is empty when none did; `remarks` as there."""

    issue_ms: int
    model: str
    fallback: str
    remarks: str


class Issues(Schema):
    """Issues in order of time."""

    items: list[Issue]


class Drivers(Schema):
    """Parts of P50, which add up to it: the mean of the last weeks, what the kind of day and hour adds, what the last days add."""

    issue_ms: int
    unit: str
    time_ms: list[int]
    level: float
    calendar: list[float]
    recent: list[float]


class DayPeak(Schema):
    """The peak of one local day (of its part ahead) by the median, in the unit of demand.

    `probability` is the greatest of the day's intervals to pass what may be drawn; that of passing it at some time of the day is
    at least that. Null where the target has no capacity.
    """

    day: str
    time_ms: int
    p10: float
    p50: float
    p90: float
    probability: float | None


class DayPeaks(Schema):
    """Peaks by local day, as of one issue."""

    issue_ms: int
    unit: str
    items: list[DayPeak]


class LeadAccuracy(Schema):
    """Errors of past forecasts at one lead time: shares of the demand (WAPE), of intervals inside P10-P90 and below each quantile.

    `below` has one share for each level of `levels`; a well calibrated forecast has the levels themselves there.
    """

    lead_h: float
    n: int
    wape: float | None
    wape_naive: float | None
    coverage: float | None
    below: list[float]


class Accuracy(Schema):
    """Errors by lead time; `levels` are those of the quantiles."""

    levels: list[float]
    items: list[LeadAccuracy]
