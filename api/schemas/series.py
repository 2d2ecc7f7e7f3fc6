"""Series over time: columns of equal length, missing numbers null."""

from api.schemas.base import Schema

Column = list[float | None]


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
    """Readings of a meter: final values per interval (ratio applied), or raw ones as they came (step_s null).

    `incomplete` where under 95 % of the quarter hours behind a value are there.
    """

    meter: str
    quantity: str
    unit: str
    step_s: int | None
    start_ms: list[int]
    value: Column
    low: Column
    high: Column
    quality: list[str]
    completeness: list[float]
    incomplete: list[bool]
