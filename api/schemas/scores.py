"""How good forecasts were, day by day and by how far they looked ahead; how targets are forecast, and why."""

from typing import Self

from api.schemas.base import Schema, Text
from forecast.remarks import in_words
from forecast.scores import Figures
from mainsight.store import forecast_port


class Score(Schema):
    """Errors of what was said within a block of lead times, `from_h` to `to_h` hours ahead.

    `wape` is the error of P50, `bias` P50 less what happened (positive: too high), `pinball` the loss of all quantiles, all as shares
    of demand; `coverage` the share of intervals inside P10 to P90 (0.8 is right); `skill` 1 less the error over that of last week
    again, negative when last week was better. Null where nothing is known of it.
    """

    from_h: int
    to_h: int
    n: int
    wape: float | None
    bias: float | None
    pinball: float | None
    coverage: float | None
    skill: float | None

    @classmethod
    def of(cls, from_h: int, to_h: int, told: Figures) -> Self:
        """Take figures."""
        return cls(
            from_h=from_h,
            to_h=to_h,
            n=told.n,
            wape=told.wape,
            bias=told.bias,
            pinball=told.pinball,
            coverage=told.coverage,
            skill=told.skill,
        )


class DayOfScores(Schema):
    """Scores of forecasts about one local day, and when it was scored last: again when its values change."""

    day: str
    scored_ms: int
    blocks: list[Score]


class Spread(Schema):
    """Factors on the distance of the quantiles from P50, below and above, up to a number of hours ahead."""

    to_h: int
    below: float
    above: float


class Fit(Schema):
    """How a target is forecast from an instant on, and why; `history_days` null is as far back as the settings say."""

    since_ms: int
    model: str
    history_days: int | None
    spread: list[Spread]
    reason: str
    reason_text: Text

    @classmethod
    def of(cls, fit: forecast_port.ForecastFit) -> Self:
        """Take a decision."""
        spread = [Spread(to_h=block, below=below, above=above) for block, below, above in fit.spread]
        return cls(
            since_ms=fit.since_ms,
            model=fit.model,
            history_days=fit.history_days,
            spread=spread,
            reason=fit.reason,
            reason_text=Text.of(in_words(fit.reason)),
        )


class Scores(Schema):
    """Scores of a target over some days: `blocks` of all of them together, `days` in order; `fits` latest first."""

    target: str
    quantity: str
    blocks: list[Score]
    days: list[DayOfScores]
    fits: list[Fit]


class TargetScore(Schema):
    """One target over some days, up to 48 h ahead, and how it is forecast now (null before its first forecast)."""

    target: str
    quantity: str
    days: int
    score: Score
    fit: Fit | None


class TargetScores(Schema):
    """Targets with the least skill first."""

    items: list[TargetScore]
