"""Series over time: columns of equal length, missing numbers null."""

from typing import Literal

from api.schemas.base import Schema

Column = list[float | None]
Aggregate = Literal["reading", "sum", "mean", "last"]
"""What a value is of its interval: of a register what was counted in it, of a gauge the mean, of a state the last; or a reading."""


class Demand(Schema):
    """What an asset drew, per interval; `incomplete` where under 95 % of the intervals and meters behind a value are there."""

    asset: str
    utility: str
    quantity: str
    unit: str
    step_s: int
    start_ms: list[int]
    value: Column
    low: Column
    high: Column
    completeness: list[float]
    incomplete: list[bool]
    quality: list[str]


class MeterSeries(Schema):
    """Readings of a meter: final values per interval (ratio applied), or raw ones as they came (step_s null), in `unit`.

    `aggregate` says what a value is of its interval: the sum of what a register counted, the mean of a gauge, the last state; a raw
    `reading` is as the meter sent it. `incomplete` where under 95 % of the quarter hours behind a value are there.
    """

    meter: str
    quantity: str
    unit: str
    aggregate: Aggregate
    step_s: int | None
    start_ms: list[int]
    value: Column
    low: Column
    high: Column
    quality: list[str]
    completeness: list[float]
    incomplete: list[bool]
