"""How likely demand is to pass a limit, by the hour and by the day."""

from api.schemas.base import Schema


class HourChance(Schema):
    """Greatest chance of the hour's intervals to pass the limit."""

    time_ms: int
    probability: float


class DayChance(Schema):
    """Chance to pass the limit at some time of a local day (of its part ahead).

    `at_least` if the errors of its hours all go together (the greatest hour's), `at_most` if they never do (the hours' sum, 1 at most):
    errors of neighbouring hours are alike, so the truth lies nearer to the first.
    """

    day: str
    at_least: float
    at_most: float
    worst_ms: int


class Exceedance(Schema):
    """Chances as of one issue; `limit` in `unit`, null where it is what may be drawn at each time."""

    issue_ms: int
    unit: str
    limit: float | None
    hours: list[HourChance]
    days: list[DayChance]
